/** The skeleton of every page: its style, its figures' data, and plotly. It asks the network for nothing, and forbids itself to. */
import * as Browser from "./Browser.ts"
import * as Bundle from "./Bundle.ts"
import type { Figure } from "./Figure.ts"
import * as Html from "./Html.ts"
import * as Style from "./Style.ts"

/** A figure with its place in the page. */
export interface Placed {
  /** That of its data, its own in the page. */
  readonly id: string
  readonly figure: Figure
  readonly html: string
}

export const place = (id: string, figure: Figure, caption: string, title?: string): Placed => ({
  id,
  figure,
  html: Html.figure(id, figure, caption, title)
})

/** The whole text. `content` is HTML. */
export const document = (title: string, content: ReadonlyArray<string>, figures: ReadonlyArray<Placed>): string => {
  const drawn = figures.map(({ id, figure: { data, layout } }) => ({ id, data, layout }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${Html.escape(title)}</title>
<style>${Style.page}</style>
</head>
<body>
<main>
${content.join("\n")}
</main>
<script type="application/json" id="figures">${Html.json(drawn)}</script>
<script type="text/plain" id="plotly">${Bundle.packed()}</script>
<script>(${Browser.draw.toString()})(${Browser.unpack.toString()})</script>
</body>
</html>
`
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"

export const noScript = "<noscript><p>The figures need JavaScript; the tables do not.</p></noscript>"

export const footer =
  "<footer>Made by edgeol from recorded runs. Figures: plotly.js, copyright Plotly, Inc., MIT licence; " +
  "it is in this file, and nothing is fetched.</footer>"

export interface Section {
  readonly heading: string
  readonly parts: ReadonlyArray<Placed>
  /** HTML before and after the figures. */
  readonly before?: string
  readonly after: string
}

/** The colours stand above the first figure: figures of a section share them. */
export const section = ({ heading, parts, before = "", after }: Section): ReadonlyArray<string> => {
  const drawings = parts.map(({ html }) => html).join("\n")
  return [
    `<section><h2>${heading}</h2>${before}`,
    Html.legend(parts[0]?.figure.keys ?? []),
    parts.length > 1 ? `<div class="panels">\n${drawings}\n</div>` : drawings,
    `${after}</section>`
  ]
}

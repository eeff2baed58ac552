/** Pieces of a page. Text is escaped where it enters; what these functions return is HTML. */
import type { Figure, Key } from "./Figure.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** A number and its per cent sign stay on one line. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character]!).replaceAll(" %", "\u00a0%")

/** JSON for a script element: no character sequence in it can end the element. */
export const json = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c")

interface Column<Row> {
  readonly title: readonly [string, string]
  readonly cell: (row: Row) => string
}

/**
 * A table with a caption; its first column heads the rows. On a narrow screen each row becomes a list of its own
 * (`data-title` then heads its fields), so the roles of a table are written out: browsers forget them with the layout.
 */
export const table = <Row>(
  caption: string,
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>
): string => `<div class="scroll" role="region" aria-label="${escape(caption)}" tabindex="0"><table role="table">
<caption>${escape(caption)}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(head).join("")}</tr></thead>
<tbody role="rowgroup">
${rows.map((row) => `<tr role="row">${columns.map((column, i) => field(column, row, i)).join("")}</tr>`).join("\n")}
</tbody></table></div>`

const titleOf = ({ title }: Column<never>) => escape(title.join(" ").trim())

const head = (column: Column<never>) => `<th scope="col" role="columnheader">${titleOf(column)}</th>`

const field = <Row>(column: Column<Row>, row: Row, position: number) => {
  const text = escape(column.cell(row))
  if (position === 0) return `<th scope="row" role="rowheader">${text}</th>`
  return `<td role="cell" data-title="${titleOf(column)}">${text}</td>`
}

/** A place for a figure: `id` is that of its data. */
export const figure = (id: string, { label, layout }: Figure, caption: string, title?: string): string =>
  `<figure>${title === undefined ? "" : `<h3>${escape(title)}</h3>`}
<div class="plot" id="${id}" role="img" aria-label="${escape(label)}" style="min-height: ${layout.height ?? 0}px"></div>
${caption === "" ? "" : `<figcaption>${escape(caption)}</figcaption>`}</figure>`

/** What the colours of a figure mean. */
export const legend = (keys: ReadonlyArray<Key>): string =>
  `<ul class="legend" aria-label="Colours">${keys.map(key).join("")}</ul>`

const key = ({ text, color, mark }: Key) =>
  `<li><span class="${mark}" style="--color: ${color}"></span>${escape(text)}</li>`

export const details = (summary: string, ...content: ReadonlyArray<string>): string =>
  `<details><summary>${escape(summary)}</summary>
${content.join("\n")}
</details>`

/** Preformatted text; long lines wrap. */
export const code = (text: string): string => `<pre><code>${escape(text)}</code></pre>`

/** Names and values. */
export const pairs = (of: ReadonlyArray<readonly [name: string, value: string]>): string =>
  `<dl>${of.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join("")}</dl>`

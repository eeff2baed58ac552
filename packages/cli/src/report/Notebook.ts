/** Comparisons inside a notebook: run policies for real, show tables and figures. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Policy } from "@edgeol/core/Policy"
import { Effect, Option } from "effect"
import * as Compare from "../Compare.ts"
import * as Settings from "../Settings.ts"
import * as Browser from "./Browser.ts"
import * as Bundle from "./Bundle.ts"
import * as Document from "./Document.ts"
import type { Figure } from "./Figure.ts"
import * as Headline from "./Headline.ts"
import * as Html from "./Html.ts"
import * as JoulesFigure from "./JoulesFigure.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

export interface Options extends Partial<Omit<Settings.Settings, "threads" | "device">> {
  /** `orin-nano@15W`. */
  readonly device?: string
  /** How many: each policy runs on the streams of seeds 1, 2, ... */
  readonly seeds: number
}

/** Runs policies with the real learner on the same streams; the first is to be `immediate`, which all are compared with. */
export const compare = (policies: ReadonlyArray<Policy>, { device, ...options }: Options): Promise<Compare.Compared> =>
  Effect.gen(function* () {
    const world = yield* Settings.world({ ...defaults, ...options, device: Option.fromUndefinedOr(device) })
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "edgeol-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)
    return yield* Compare.compare(world, { policies, seeds, folder, resume: false })
  }).pipe(Effect.scoped, Effect.runPromise)

const defaults: Settings.Settings = {
  stream: "patterns/nic",
  data: "../shared/data",
  rounds: "warm",
  clock: "measured",
  device: Option.none(),
  threads: Option.none()
}

const display: unique symbol = Symbol.for("Jupyter.display")

/** As the value of a cell it is shown; elsewhere it has words. */
export interface Shown {
  readonly toString: () => string
  readonly [display]: () => Readonly<Record<string, string>>
}

const shown = (plain: string, html: string): Shown => ({
  toString: () => plain,
  [display]: () => ({ "text/plain": plain, "text/html": html })
})

/** Brings the look and plotly into the notebook: once, in a cell before the first figure. */
export const prepare = (): Shown =>
  shown(
    "Figures are ready to be drawn.",
    `<style>${Style.notebook}</style>
<script>window.edgeolPlotly ??= (${Browser.unpack.toString()})("${Bundle.packed()}")</script>
<p class="edgeol">Figures are ready to be drawn.</p>`
  )

/** What a comparison came to: the headline, the means, and the changes with their intervals. */
export const table = ({ comparison, tapes }: Compare.Compared): Shown => {
  const meter = JoulesFigure.meter(tapes)
  const headline = Headline.headline(comparison, meter)
  const changes = Html.table(
    `Change against ${comparison.reference} on paired seeds, with [95 % intervals]`,
    Table.changes(meter),
    Table.changed(comparison)
  )
  const means = Html.table("Means over seeds", Table.means(meter), Object.entries(comparison.policies))
  return shown(
    `${headline}\n\n${Table.table(comparison, meter)}`,
    `<div class="edgeol"><p><strong>${Html.escape(headline)}</strong></p>${means}${changes}</div>`
  )
}

/** Draws a figure. */
export const show = (figure: Figure): Shown => {
  const place = Document.place(`edgeol-${randomUUID()}`, figure, "")
  return shown(figure.label, drawn(Html.legend(figure.keys) + place.html, [place]))
}

/** Draws a section of a page. Its figures' places are its own: once in a notebook. */
export const section = (of: Document.Section): Shown =>
  of.parts.length === 0
    ? shown("Nothing to draw.", "")
    : shown(of.parts.map(({ figure }) => figure.label).join("\n"), drawn(Document.section(of).join("\n"), of.parts))

const drawn = (html: string, places: ReadonlyArray<Document.Placed>): string =>
  `<div class="edgeol">${html}</div>
<script>window.edgeolPlotly.then(async (plotly) => {
  for (const [id, data, layout] of ${Html.json(places.map(({ id, figure: { data, layout } }) => [id, data, layout]))})
    await plotly.newPlot(id, data, layout, { displayModeBar: false, responsive: true })
})</script>`

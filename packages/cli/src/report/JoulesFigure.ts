/** Joules of fine-tuning: running sums. */
import type { Tape } from "../Tape.ts"
import * as Figure from "./Figure.ts"
import * as Series from "./Series.ts"
import * as Text from "./Text.ts"

/** A thin line for each run, a thick one for the mean of a policy's seeds. */
export const figure = (tapes: ReadonlyArray<Tape>): Figure.Figure => {
  const grid = Figure.grid(tapes)
  const policies = Figure.byPolicy(tapes)
  const sums = policies.map(([, own]) => own.map(({ entries }) => Series.cumulative(entries, grid).joules))
  const means = sums.map(Series.mean)
  const ends = policies.map(([name], p) => `${name} ${Text.joules(means[p]!.at(-1) ?? NaN)}`)
  return {
    label: `Joules spent on fine-tuning by the end of the run, ${meter(tapes)}, mean of the seeds: ${ends.join(", ")}.`,
    keys: Figure.keys(policies, "line"),
    data: Figure.lines(
      policies,
      sums.map((own) => own.map((value) => ({ at: grid, value }))),
      grid,
      means
    ),
    layout: Figure.layout(320, {
      ...Figure.borderLines(tapes),
      xaxis: Figure.timeAxis(tapes),
      yaxis: Figure.valueAxis(`joules, ${meter(tapes)}`)
    })
  }
}

/** `modelled` as soon as any joules come from a model instead of a sensor. */
export const meter = (tapes: ReadonlyArray<Tape>): "measured" | "modelled" =>
  tapes.some(({ header }) => header.meter.kind === "modelled") ? "modelled" : "measured"

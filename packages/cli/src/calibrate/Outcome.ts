/** From timed steps to a profile and what is said of it. */
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { CliError } from "../CliError.ts"
import * as Text from "../report/Text.ts"
import * as Subject from "./Subject.ts"
import * as Timings from "./Timings.ts"

export interface About {
  readonly name: string
  readonly model: Subject.Name
  readonly command: string
  readonly note: string
}

/** Fits the machine's costs and judges them on pairs of batch and depth that were held out. */
export const profile = (
  { name, model, command, note }: About,
  { header, visits }: Timings.Timings
): LayerProfile.LayerProfile => {
  const network = Graph.of(Models.make(Subject.configs[model]), Subject.rates)
  const timed = Timings.summarise(visits)
  const steps = timed.reduce((sum, cell) => sum + cell.steps, 0)
  const heldOut = LayerCost.judge(network, timed) ?? null
  const { machine, versions } = header
  const provenance = { machine, command, versions, steps, note }
  return LayerProfile.make({ name, provenance, network, heldOut }, LayerCost.fit(network, timed))
}

/** Batches that a person typed: whole numbers between commas. Throws `CliError`. */
export const counts = (flag: string, text: string, most: number): ReadonlyArray<number> => {
  const values = text.split(",").map(Number)
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1 || value > most)
  if (wrong === undefined) return [...new Set(values)].toSorted((a, b) => a - b)
  throw new CliError({
    message: `--${flag} must be whole numbers from 1 to ${most} between commas, such as 1,4,16, not ${text}.`
  })
}

/** The coverage card in lines. */
export const card = ({ body, cost }: LayerProfile.LayerProfile): ReadonlyArray<string> => {
  const { provenance, range, heldOut, network } = body
  const top = topShares(cost, network, range)
  return [
    `${body.name} on ${provenance.machine}: ${provenance.steps.toLocaleString("en")} steps timed`,
    `batch ${range.batch.join(" to ")}, ${range.depth.join(" to ")} units frozen, ${range.threads.join(" to ")} threads`,
    heldOut === null
      ? "too few pairs of batch and depth to hold any out: the intervals are a guess"
      : `steps of held-out pairs (${heldOut.cells}): median error ${Text.percent(heldOut.median)}, nine in ten below ` +
        `${Text.percent(heldOut.p90)}, bias ${Text.percent(heldOut.bias)}; 90 % intervals of ±${Text.percent(heldOut.width90)} ` +
        `hold ${Text.percent(heldOut.coverage90)}`,
    `of a step of ${top.batch} samples ${top.shares.map(({ name, share }) => `${name} takes ${Text.percent(share)}`).join(", ")}`
  ]
}

const topShares = (cost: LayerCost.LayerCost, network: LayerProfile.Body["network"], range: LayerCost.Range) => {
  const batch = Math.min(16, range.batch[1])
  const all = LayerCost.shares(cost, network, { batch, depth: 0, threads: range.threads[0] })
  const total = all.reduce((sum, share) => sum + LayerCost.sum(share), 0)
  const largest = all.toSorted((a, b) => LayerCost.sum(b) - LayerCost.sum(a)).slice(0, 3)
  return { batch, shares: largest.map((share) => ({ name: share.name, share: LayerCost.sum(share) / total })) }
}

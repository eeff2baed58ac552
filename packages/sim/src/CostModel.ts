/**
 * Seconds of a learner's operations, without running a clock: `fixed + perSample · n`, and for training steps a share
 * of the backward pass that falls with the frozen prefix.
 *
 * Assumes one model, batch size and number of threads; valid for the sizes it was measured with.
 */
import type { Cost } from "@edgeol/core/Ledger"
import { cost } from "@edgeol/core/Ledger"
import { Schema } from "effect"
import convnet from "../hosts/convnet.json" with { type: "json" }
import resnet8 from "../hosts/resnet8.json" with { type: "json" }

const Affine = Schema.Struct({ fixed: Schema.Finite, perSample: Schema.Finite })

/** Seconds as measured on one machine with one model. */
export const CostModel = Schema.Struct({
  name: Schema.String,
  source: Schema.String,
  startUp: Schema.Finite,
  load: Schema.Finite,
  save: Schema.Finite,
  optimiser: Schema.Finite,
  forward: Affine,
  backward: Affine,
  /** Backward pass with the first 0, 1, … units frozen, relative to none. */
  backwardByDepth: Schema.Array(Schema.Finite),
  /**
   * Forward pass behind the first 0, 1, … units, whose activations are at hand, relative to all; where it was not measured,
   * as the backward pass.
   */
  forwardByDepth: Schema.optionalKey(Schema.Array(Schema.Finite)),
  inference: Affine,
  probe: Affine,
  validation: Affine,
  /** Features of a batch, and what the fast head makes of them; where it was not measured, a judging pass's. */
  head: Schema.optionalKey(Affine),
  /** Measuring a step by unit; where it was not measured, what the optimiser takes. */
  watch: Schema.optionalKey(Schema.Finite)
})
export type CostModel = typeof CostModel.Type

const hosts = { convnet, resnet8 }

/** Whether there are any. */
export const recorded = (model: string): model is keyof typeof hosts => Object.hasOwn(hosts, model)

/** The costs recorded for a model on the host that `source` names. */
export const load = (model: string): CostModel => {
  if (recorded(model)) return Schema.decodeUnknownSync(CostModel)(hosts[model])
  throw new Error(`no costs were recorded for ${model}`)
}

type Affine = typeof Affine.Type

/** `fixed + perSample · n`. */
export const seconds = ({ fixed, perSample }: Affine, samples: number): number => fixed + perSample * samples

/** Leading units that are frozen. */
export const prefix = (frozen: ReadonlyArray<boolean>): number => {
  const open = frozen.indexOf(false)
  return open < 0 ? frozen.length : open
}

/** A step's backward pass: only a frozen prefix shortens it. */
export const backward = (model: CostModel, samples: number, frozen: ReadonlyArray<boolean>): number =>
  seconds(model.backward, samples) * byDepth(model.backwardByDepth, frozen)

/** A step's forward pass; of `cached` samples the frozen prefix's activations are at hand. */
export const forward = (model: CostModel, samples: number, frozen: ReadonlyArray<boolean>, cached = 0): number => {
  if (cached === 0) return seconds(model.forward, samples)
  const saved = 1 - byDepth(model.forwardByDepth ?? model.backwardByDepth, frozen)
  return seconds(model.forward, samples - cached * saved)
}

const byDepth = (shares: ReadonlyArray<number>, frozen: ReadonlyArray<boolean>): number =>
  shares[Math.min(prefix(frozen), shares.length - 1)] ?? 1

/**
 * A training step on `samples` with units frozen; of `cached` of them the frozen prefix's activations are at hand. `views`
 * pass there and back besides.
 */
export const step = (
  model: CostModel,
  samples: number,
  frozen: ReadonlyArray<boolean>,
  watched = false,
  cached = 0,
  views = 0
): ReadonlyArray<Cost> => [
  cost("forward", forward(model, samples, frozen, cached) + (views === 0 ? 0 : forward(model, views, frozen))),
  cost("backward", backward(model, samples, frozen) + (views === 0 ? 0 : backward(model, views, frozen))),
  cost("optimiser", model.optimiser),
  ...(watched ? [cost("probe", watching(model))] : [])
]

export const watching = (model: CostModel): number => model.watch ?? model.optimiser

/** A forward pass for one of these activities. */
export const pass = (
  model: CostModel,
  activity: "inference" | "probe" | "validation" | "head",
  samples: number
): Cost => cost(activity, seconds(model[activity] ?? model.validation, samples))

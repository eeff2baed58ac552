/**
 * Seconds of a training step from its layers' work: for each pass a formula that is linear in coefficients of the
 * machine, fitted to timed steps.
 *
 * Assumes that a step is the sum of its kernels (eager execution, one after the other), that a kernel takes a fixed time
 * and a time for each multiply-add or byte, and that more threads share a part of that time and cost something each call
 * (Amdahl 1967). Valid for the machine and software that were timed, between the smallest and largest batch, for the
 * numbers of threads and for the network that were timed; `outside` names what is not. Energy is no part of it.
 */
import * as Rng from "@edgeol/core/Rng"
import * as Conformal from "../cost/Conformal.ts"
import type { Compiled } from "../cost/Formula.ts"
import * as Formula from "../cost/Formula.ts"
import * as Score from "../cost/Score.ts"
import * as Forms from "./Forms.ts"
import type { Network } from "./Layer.ts"
import * as NonNegative from "./NonNegative.ts"
import type { Pass, Step, Work as Amounts } from "./Work.ts"
import * as Work from "./Work.ts"

export interface Setting extends Step {
  readonly threads: number
}

/** Seconds by pass. */
export type Seconds = Readonly<Record<Pass, number>>

export interface Observation extends Setting, Seconds {}

export interface Fitted extends NonNegative.Fitted {
  readonly formula: Compiled
}

/** The machine's coefficients and what they were learnt from. */
export interface LayerCost {
  readonly passes: Readonly<Record<Pass, Fitted>>
  /** `|log(observed / predicted)|` of whole steps that the scored fit had not seen, in order. */
  readonly scores: ReadonlyArray<number>
  readonly range: Range
}

export interface Range {
  readonly network: string
  readonly batch: readonly [number, number]
  readonly depth: readonly [number, number]
  readonly threads: readonly [number, number]
}

const folds = 8

/** Deterministic. */
export const fit = (network: Network, observations: ReadonlyArray<Observation>, forms = Forms.all): LayerCost => {
  const formulas = compiled(forms)
  const scores = split(observations, folds).flatMap(({ rest, out }) => {
    const passes = fitted(network, rest, formulas)
    return out.map((seen) => Math.abs(Math.log(sum(seen) / sum(evaluate(passes, network, seen)))))
  })
  return {
    passes: fitted(network, observations, formulas),
    scores: scores.toSorted((a, b) => a - b),
    range: rangeOf(network, observations)
  }
}

interface Split {
  readonly rest: ReadonlyArray<Observation>
  readonly out: ReadonlyArray<Observation>
}

/** Each part is held out once; a (batch, depth) pair goes with all its numbers of threads. */
const split = (observations: ReadonlyArray<Observation>, parts: number): ReadonlyArray<Split> => {
  const pairs = [...Map.groupBy(observations, ({ batch, depth }) => `${batch} ${depth}`).values()]
  const order = Rng.named(0, "folds").permutation(pairs.length)
  const count = Math.min(parts, pairs.length)
  if (count < 2) return []
  const isIn = (k: number) => (_: unknown, i: number) => order[i]! % count === k
  return Array.from({ length: count }, (_, k) => ({
    rest: pairs.filter((pair, i) => !isIn(k)(pair, i)).flat(),
    out: pairs.filter(isIn(k)).flat()
  }))
}

export interface Figures {
  /** Steps that were predicted by a fit that had not seen their (batch, depth) pair. */
  readonly cells: number
  /** Absolute relative errors of the step's seconds. */
  readonly median: number
  readonly p90: number
  /** Mean relative error: positive where predictions are too large. */
  readonly bias: number
  /** Share of the steps in their 90 % interval, and its mean half width relative to the prediction. */
  readonly coverage90: number
  readonly width90: number
}

/** Fits three quarters of the (batch, depth) pairs and predicts the last, four times; none if there are too few pairs. */
export const judge = (network: Network, observations: ReadonlyArray<Observation>): Figures | undefined => {
  const held = split(observations, 4).flatMap(({ rest, out }) => {
    const cost = fit(network, rest)
    return out.map((seen) => ({ ...predict(cost, network, seen), seconds: sum(seen) }))
  })
  if (held.length === 0) return undefined
  const relative = held.map(({ value, seconds }) => value / seconds - 1)
  const sizes = relative.map(Math.abs).toSorted((a, b) => a - b)
  const at = (share: number) => sizes[Math.min(sizes.length - 1, Math.ceil(share * sizes.length) - 1)]!
  return {
    cells: held.length,
    median: at(0.5),
    p90: at(0.9),
    bias: Score.average(relative),
    coverage90: Score.average(held.map(({ low, high, seconds }) => (seconds >= low && seconds <= high ? 1 : 0))),
    width90: Score.average(held.map(({ value, low, high }) => (high - low) / (2 * value)))
  }
}

export type Formulas = Readonly<Record<Pass, Compiled>>

export const compiled = (forms: Forms.Forms): Formulas => ({
  forward: Formula.compile(forms.forward),
  backward: Formula.compile(forms.backward),
  optimiser: Formula.compile(forms.optimiser)
})

const fitted = (
  network: Network,
  observations: ReadonlyArray<Observation>,
  formulas: Formulas
): LayerCost["passes"] => {
  const of = (pass: Pass): Fitted => {
    const formula = formulas[pass]
    const taken = observations.filter((seen) => seen[pass] > 0) // errors are relative: a clock's zero has none
    const rows = taken.map((seen) => row(formula, Work.total(network, pass, seen), seen.threads))
    return {
      formula,
      ...NonNegative.fit(
        formula,
        rows,
        taken.map((seen) => seen[pass])
      )
    }
  }
  return { forward: of("forward"), backward: of("backward"), optimiser: of("optimiser") }
}

/** Values of a formula's inputs: amounts of work, and the number of threads. */
const row = ({ inputs }: Compiled, work: Amounts, threads: number): ReadonlyArray<number> =>
  inputs.map((name) =>
    name === "threads" ? threads : (work[name as Work.Quantity] ?? 0) / (Forms.scale[name as Work.Quantity] ?? 1)
  )

const rangeOf = (network: Network, seen: ReadonlyArray<Setting>): Range => {
  const span = (of: (setting: Setting) => number) => [Math.min(...seen.map(of)), Math.max(...seen.map(of))] as const
  return {
    network: network.name,
    batch: span(({ batch }) => batch),
    depth: span(({ depth }) => depth),
    threads: span(({ threads }) => threads)
  }
}

const value = ({ formula, coefficients }: Fitted, work: Amounts, threads: number) =>
  formula.value(row(formula, work, threads), coefficients)

const byPass = (of: (pass: Pass) => number): Seconds => ({
  forward: of("forward"),
  backward: of("backward"),
  optimiser: of("optimiser")
})

const evaluate = (passes: LayerCost["passes"], network: Network, setting: Setting): Seconds =>
  byPass((pass) => value(passes[pass], Work.total(network, pass, setting), setting.threads))

/** Of a whole step. */
export const seconds = (cost: LayerCost, network: Network, setting: Setting): Seconds =>
  evaluate(cost.passes, network, setting)

export const sum = ({ forward, backward, optimiser }: Seconds): number => forward + backward + optimiser

export interface Share extends Seconds {
  readonly name: string
}

/** Where a step's seconds go: layer by layer, and what the step takes whatever its layers. They add up to `seconds`. */
export const shares = ({ passes }: LayerCost, network: Network, setting: Setting): ReadonlyArray<Share> => [
  ...network.layers.map((layer) => ({
    name: layer.name,
    ...byPass((pass) => value(passes[pass], Work.ofLayer(layer, pass, setting), setting.threads))
  })),
  { name: "step", ...byPass((pass) => value(passes[pass], { steps: 1 }, setting.threads)) }
]

export interface Prediction {
  /** Seconds of a step. */
  readonly value: number
  readonly low: number
  readonly high: number
  /** What was never timed: outside, interval and value are guesses. Empty within the range. */
  readonly outside: ReadonlyArray<string>
}

/** A step's seconds and the interval that holds them with probability `level`. */
export const predict = (cost: LayerCost, network: Network, setting: Setting, level = 0.9): Prediction => {
  const value = sum(seconds(cost, network, setting))
  const factor = Math.exp(cost.scores.length === 0 ? Infinity : Conformal.quantile(cost.scores, level))
  return { value, low: value / factor, high: value * factor, outside: outside(cost.range, network, setting) }
}

export const outside = (range: Range, network: Network, setting: Setting): ReadonlyArray<string> => [
  ...(network.name === range.network ? [] : [`the network ${network.name} was not timed, only ${range.network}`]),
  ...(["batch", "depth", "threads"] as const).flatMap((name) => {
    const [low, high] = range[name]
    return setting[name] >= low && setting[name] <= high
      ? []
      : [`${name} ${setting[name]} is outside ${low} to ${high}`]
  })
]

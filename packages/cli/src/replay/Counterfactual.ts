/**
 * What another policy would have come to on a tape. The tape's own policy is foretold first, by the same model on the same
 * devices and luck: beside what it measured that says how far the model is off. The difference is the other's foretold
 * value less the tape's own, which is measured and so not in doubt; where it was not measured, less what is foretold of
 * it in the same draw. (On 32 emulated runs of patterns/nic the paired difference of two foretold values was off by twice
 * as much: the luck of a model's own run is not that of the tape.)
 */
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as Summary from "@edgeol/core/Summary"
import * as TapeCosts from "@edgeol/sim/replay/TapeCosts"
import { Effect } from "effect"
import * as Measure from "../fidelity/Measure.ts"
import * as Score from "../fidelity/Score.ts"
import * as Asked from "./Asked.ts"
import * as Bounds from "./Bounds.ts"
import * as Cannot from "./Cannot.ts"
import * as Model from "./Model.ts"
import * as Relearn from "./Relearn.ts"
import * as Widening from "./Widening.ts"

/** Null where the tape cannot tell. */
export type Told = Readonly<Record<Measure.Measure, Score.Foretold | null>>

export interface Counterfactual {
  readonly policy: string
  /** What it rests on. */
  readonly kind: Widening.Kind
  /** What the tape measured of its own policy, and what the model foretells of it. */
  readonly measured: Readonly<Record<Measure.Measure, number | null>>
  readonly own: Told
  readonly other: Told
  /** The other less the tape's own: seconds, joules, rounds, and shares of 1. */
  readonly difference: Told
  readonly draws: number
  /** In sentences. */
  readonly cannot: ReadonlyArray<string>
}

export interface Options {
  readonly draws: number
  readonly widening: Widening.Widening
  readonly onDraw?: (done: number) => void
  /** Why it is not learnt for real, where it might have been. */
  readonly untaught?: string | undefined
}

/** Of the tape: accuracy only where requests were scored. */
export const measured = (tape: ReadonlyArray<Entry>): Counterfactual["measured"] => {
  const values = Measure.of(Summary.summarise(tape))
  const isScored = tape.every(({ observation, score }) => observation._tag !== "RequestServed" || score !== undefined)
  return { ...values, accuracy: isScored && Number.isFinite(values.accuracy) ? values.accuracy : null }
}

export interface Policies {
  readonly own: Policy
  readonly other: Policy
}

/** By the surrogate of the stream: many runs that could have been. */
export const foretell = (
  model: Model.Model,
  tape: ReadonlyArray<Entry>,
  policies: Policies,
  { draws, widening, onDraw, untaught }: Options
): Counterfactual => {
  const asked = both(model, policies)
  const drawn = Array.from({ length: draws }, (_, draw) => {
    const luck = Model.luck(model, draw)
    const runs = { own: Model.run(model, policies.own, luck), other: Model.run(model, policies.other, luck) }
    onDraw?.(draw + 1)
    return runs
  })
  // A few draws bound as well as many do, for the device alone differs.
  const bounds = asked.other.isBlind ? undefined : Bounds.of(model, policies.other, Math.min(draws, 39), widening)
  const without = Cannot.learning(model, asked, bounds, untaught)
  return concluded(model, tape, asked, drawn, { widening, cannot: without, bounds, isReal: false })
}

/** Whether what a policy learns is known without learning it. */
export const isForetold = (model: Model.Model, policy: Policy): boolean => Asked.of(model, policy).isLearnt

/**
 * By real training on the tape's samples, once for each device that the tape's could be: its own policy on that of the
 * tape, as it is best known, the other on `draws` of them; on one where they do not differ.
 */
export const relearn = Effect.fnUntraced(function* (
  model: Model.Model,
  tape: ReadonlyArray<Entry>,
  policies: Policies,
  lesson: Relearn.Lesson,
  { draws, widening, onDraw }: Options
) {
  const learn = (policy: Policy, device: TapeCosts.Device) => Relearn.run(lesson, policy, device, model.deciding)
  const own = yield* learn(policies.own, TapeCosts.device(model.fitted))
  const count = TapeCosts.isExact(model.fitted) ? 1 : draws
  const drawn = yield* Effect.forEach(
    Array.from({ length: count }, (_, draw) => draw),
    (draw) =>
      Effect.map(learn(policies.other, Model.luck(model, draw).device), (other) => {
        onDraw?.((draw + 1) * (draws / count))
        return { own, other }
      })
  )
  const { own: first, other } = both(model, policies)
  const asked = { own: { ...first, isLearnt: true }, other: { ...other, isLearnt: true } }
  return concluded(model, tape, asked, drawn, { widening, cannot: [], bounds: undefined, isReal: true })
})

interface Drawn {
  readonly own: Model.Ran
  readonly other: Model.Ran
}

interface Known {
  readonly widening: Widening.Widening
  readonly cannot: ReadonlyArray<string>
  readonly bounds: Bounds.Bounds | undefined
  readonly isReal: boolean
}

const concluded = (
  model: Model.Model,
  tape: ReadonlyArray<Entry>,
  asked: Asked.Both,
  drawn: ReadonlyArray<Drawn>,
  { widening, cannot: without, bounds, isReal }: Known
): Counterfactual => {
  const was = measured(tape)
  const values = drawn.map(({ own, other }) => ({ own: valuesOf(own), other: valuesOf(other) }))
  const kinds = { own: kindOf(isReal, asked.own), other: kindOf(isReal, asked.other) }
  /** What rests on a surrogate that is not there is not told. */
  const told = (whose: "own" | "other", of: (one: (typeof values)[number], measure: Measure.Measure) => number): Told =>
    Measure.each((measure) => {
      const { isLearnt, isBlind } = asked[whose]
      const all = values.map((one) => of(one, measure))
      if (!all.every(Number.isFinite) || (!isLearnt && !(isBlind && measure !== "accuracy"))) return null
      return Widening.widened(Score.foretold(all), measure, widening.by[kinds[whose]][measure])
    })
  const other = within(possible(told("other", (one, measure) => one.other[measure])), bounds)
  const against = told("other", (one, measure) => one.other[measure] - one.own[measure])
  return {
    policy: asked.other.policy,
    kind: kinds.other,
    measured: was,
    own: possible(told("own", ({ own }, measure) => own[measure])),
    other,
    difference: Measure.each((measure) =>
      was[measure] === null ? against[measure] : less(other[measure], was[measure])
    ),
    draws: drawn.length,
    cannot: [...without, ...Cannot.tape(model, asked.other, drawn[0]!.other)]
  }
}

/** What was measured is not in doubt. */
const less = (told: Score.Foretold | null, was: number): Score.Foretold | null =>
  told && { value: told.value - was, low: told.low - was, high: told.high - was }

/** Nothing takes less than nothing, and no accuracy is above 1. */
const possible = (told: Told): Told =>
  Measure.each(
    (measure) => told[measure] && clipped(told[measure], [0, measure === "accuracy" ? 1 : Infinity] as const)
  )

/** As whatever is learnt costs. */
const within = (told: Told, bounds: Bounds.Bounds | undefined): Told =>
  Measure.each((measure) => {
    const known = measure === "seconds" || measure === "joules" ? bounds?.[measure] : undefined
    return known === undefined || told[measure] === null ? told[measure] : clipped(told[measure], known)
  })

const clipped = ({ value, low, high }: Score.Foretold, [least, most]: readonly [number, number]): Score.Foretold => {
  const clip = (x: number) => Math.min(most, Math.max(least, x))
  return { value: clip(value), low: clip(low), high: clip(high) }
}

const kindOf = (isReal: boolean, { isBlind }: Asked.Asked): Widening.Kind =>
  isReal ? "real" : isBlind ? "blind" : "foretold"

const both = (model: Model.Model, { own, other }: Policies): Asked.Both => ({
  own: Asked.of(model, own),
  other: Asked.of(model, other)
})

/** Deciding takes time on a device and none in a simulation. */
const valuesOf = ({ summary, decided }: Model.Ran): Measure.Values => {
  const values = Measure.of(summary)
  return { ...values, seconds: values.seconds + decided }
}

/**
 * What another policy would have come to on a tape. The tape's own policy is foretold first, by the same model on the same
 * devices and luck: beside what it measured that says how far the model is off. The difference is the other's foretold
 * value less the tape's own, which is measured and so not in doubt; where it was not measured, less what is foretold of
 * it in the same draw. (On 32 emulated runs of patterns/nic the paired difference of two foretold values was off by twice
 * as much: the luck of a model's own run is not that of the tape.)
 */
import type { Entry } from "@edgeol/core/Journal"
import { activities } from "@edgeol/core/Ledger"
import type { Policy } from "@edgeol/core/Policy"
import * as Summary from "@edgeol/core/Summary"
import * as TapeCosts from "@edgeol/sim/replay/TapeCosts"
import * as Untold from "@edgeol/sim/replay/Untold"
import { Effect } from "effect"
import * as Measure from "../fidelity/Measure.ts"
import * as Score from "../fidelity/Score.ts"
import * as Bounds from "./Bounds.ts"
import * as Model from "./Model.ts"
import * as Relearn from "./Relearn.ts"
import * as Widening from "./Widening.ts"
import * as Words from "./Words.ts"

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
  const asked = askBoth(model, policies)
  const drawn = Array.from({ length: draws }, (_, draw) => {
    const luck = Model.luck(model, draw)
    const both = { own: Model.run(model, policies.own, luck), other: Model.run(model, policies.other, luck) }
    onDraw?.(draw + 1)
    return both
  })
  // A few draws bound as well as many do, for the device alone differs.
  const bounds = asked.other.isBlind ? undefined : Bounds.of(model, policies.other, Math.min(draws, 39), widening)
  const without = unlearnt(model, asked, bounds, untaught)
  return concluded(model, tape, asked, drawn, { widening, cannot: without, bounds })
}

/** Whether what a policy learns is known without learning it. */
export const isForetold = (model: Model.Model, policy: Policy): boolean => ask(model, policy).isLearnt

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
  const { own: first, other } = askBoth(model, policies)
  const asked = { own: { ...first, isLearnt: true }, other: { ...other, isLearnt: true } }
  return concluded({ ...model, learnt: "real" }, tape, asked, drawn, { widening, cannot: [], bounds: undefined })
})

interface Drawn {
  readonly own: Model.Ran
  readonly other: Model.Ran
}

interface Known {
  readonly widening: Widening.Widening
  readonly cannot: ReadonlyArray<string>
  readonly bounds: Bounds.Bounds | undefined
}

const concluded = (
  model: Concluding,
  tape: ReadonlyArray<Entry>,
  asked: { readonly own: Asked; readonly other: Asked },
  drawn: ReadonlyArray<Drawn>,
  { widening, cannot: without, bounds }: Known
): Counterfactual => {
  const was = measured(tape)
  const values = drawn.map(({ own, other }) => ({ own: valuesOf(own), other: valuesOf(other) }))
  const kinds = { own: kindOf(model, asked.own), other: kindOf(model, asked.other) }
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
    cannot: [...without, ...cannot(model, asked.other, drawn[0]!.other)]
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

const kindOf = ({ learnt }: Concluding, { isBlind }: Asked): Widening.Kind =>
  learnt === "real" ? "real" : isBlind ? "blind" : "foretold"

/** Deciding takes time on a device and none in a simulation. */
const valuesOf = ({ summary, decided }: Model.Ran): Measure.Values => {
  const values = Measure.of(summary)
  return { ...values, seconds: values.seconds + decided }
}

interface Asked {
  readonly policy: string
  /** Whether it asks for the same whatever is learnt. */
  readonly isBlind: boolean
  /** Whether there is a surrogate for all that it has learnt. */
  readonly isLearnt: boolean
}

const askBoth = (model: Model.Model, { own, other }: Policies) => ({ own: ask(model, own), other: ask(model, other) })

const ask = (model: Model.Model, policy: Policy): Asked => {
  const ran = inMoods(model, policy)
  const adapts = ran.some((one) => (one.seconds.head ?? 0) > 0)
  const { learnt } = model
  return {
    policy: policy.name,
    isBlind: isSame(ran),
    // How sure a head is of its answers, and how it does on other samples than those that it learns, nothing tells.
    isLearnt: learnt !== undefined && (!adapts || (learnt.head !== undefined && isSame(inMoods(model, policy, true))))
  }
}

const inMoods = (model: Model.Model, policy: Policy, isHeadKnown = false) =>
  Untold.moods.map(
    (mood) => Model.run({ ...model, learnt: undefined }, policy, Model.luck(model, 0), mood, isHeadKnown).summary
  )

const isSame = (ran: ReadonlyArray<Summary.Summary>) =>
  new Set(ran.map((one) => JSON.stringify(one.seconds))).size === 1

/** What stood in for training, where it was not real. */
type Concluding = Omit<Model.Model, "learnt"> & { readonly learnt: Model.Model["learnt"] | "real" }

/** What nothing says that stands in for training, and what can be said without. */
const unlearnt = (
  model: Model.Model,
  { own, other }: { readonly own: Asked; readonly other: Asked },
  bounds: Bounds.Bounds | undefined,
  untaught: string | undefined
): ReadonlyArray<string> => {
  const without = [other, own].filter(({ isLearnt }) => !isLearnt)
  return [
    ...(model.learnt === undefined
      ? [
          `Accuracy: there is no surrogate of ${model.header.stream} as it was run, so nothing says what other rounds teach.`
        ]
      : without.map(({ policy: name }) => {
          const why =
            model.learnt?.head === undefined
              ? "it adapts a fast head, which no surrogate of this stream knows"
              : "beside its fast head it looks at what no surrogate of one tells, such as how sure it is"
          return `How accurate ${name} is: ${why}.`
        })),
    ...without
      .filter(({ isBlind }) => !isBlind)
      .map(
        ({ policy: name }) => `What ${name} costs: its rounds depend on what is learnt, and nothing says that here.`
      ),
    ...(bounds === undefined || other.isLearnt ? [] : [Words.bounded(other.policy, bounds)]),
    ...(untaught === undefined ? [] : [`It cannot be learnt for real here either: ${untaught}.`])
  ]
}

const cannot = ({ learnt, header, fitted }: Concluding, other: Asked, ran: Model.Ran): ReadonlyArray<string> => {
  const guess = other.isLearnt && learnt !== "real" ? ran.outside : undefined
  const unseen = activities.filter(
    (activity) => (ran.summary.seconds[activity] ?? 0) > 0 && fitted.unseen.includes(activity)
  )
  return [
    ...(guess === undefined ? [] : [`Accuracy is partly a guess: the surrogate was not fitted on ${guess}.`]),
    ...(unseen.length === 0
      ? []
      : [
          `What ${Words.listed(unseen)} took: the tape shows none, so the profile's cost stands for it, with its doubt.`
        ]),
    "How long requests would have waited: only rounds are charged, and what else ran on the device is not on the tape.",
    "Labels that nobody gave: every policy is shown the labelled batches of the tape, and no others.",
    ...(header.clock === "modelled"
      ? []
      : [
          "What else the device would have been busy with: costs are means over this tape, disturbed as its rounds were."
        ]),
    ...(header.scenario === undefined
      ? []
      : ["How warm the device would have been, and what its battery would have held: costs are means over this tape."])
  ]
}

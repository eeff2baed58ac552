/**
 * What makes a stream hard, as options of any experiment. Each is a pure change of what arrives with a chance of its own:
 * images, requests and what is scored on stay as they are.
 */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { Scenario } from "@edgeol/sim/Scenario"
import { Count, Duration, Share } from "@edgeol/sim/scenario/Quantity"
import { Schema } from "effect"

export const Difficulty = Schema.Struct({
  /** Chance that the label of a sample met on line, one to validate on included, names another class of its scenario. */
  labelNoise: Schema.optionalKey(Share),
  /** Labels come so much later than they would, s; those that would come after the end never do. */
  labelDelay: Schema.optionalKey(Duration),
  /** Share of the samples that never come for want of a label: batches are smaller, and fewer where nothing is left. */
  labelsMissing: Schema.optionalKey(
    Share.check(Schema.isLessThan(1, { expected: "a share below 1, as some labels have to come" }))
  ),
  /** Share of its length over which a scenario takes over from the one before it; over all of it, there is no border. */
  drift: Schema.optionalKey(Share),
  /** The stream's scenarios that are met on line, one after another, numbered from 1; `[1, 2, 1, 2]` comes back. */
  order: Schema.optionalKey(Schema.Array(Count).check(Schema.isMinLength(1, { expected: "at least one scenario" })))
})
export type Difficulty = typeof Difficulty.Type

/** The scenario of an experiment, made as hard in time: other stretches, taking over as slowly, with labels as late and few. */
export const arrivals = (difficulty: Difficulty, scenario: Scenario): Scenario =>
  withLabels(difficulty, drifting(difficulty, ordered(difficulty, scenario)))

/** A stretch for each number, as long as the first; one that the stream lacks is left to who draws from it. */
const ordered = ({ order }: Difficulty, scenario: Scenario): Scenario => {
  if (order === undefined) return scenario
  const { duration } = scenario.schedule[0]!
  return {
    ...scenario,
    schedule: order.map((scene) => ({ ...scenario.schedule[scene - 1], scene, ...(duration && { duration }) }))
  }
}

/** Gradual drift (Gama et al., 2014, figure 2): into the first stretch nothing fades. */
const drifting = ({ drift = 0 }: Difficulty, scenario: Scenario): Scenario => {
  if (drift === 0) return scenario
  const schedule = scenario.schedule.map((stretch) =>
    stretch.duration === undefined
      ? stretch
      : { ...stretch, drift: { kind: "gradual" as const, over: drift * stretch.duration } }
  )
  return { ...scenario, schedule }
}

const withLabels = ({ labelDelay, labelsMissing = 0 }: Difficulty, scenario: Scenario): Scenario => {
  if (scenario.batches === undefined || (labelDelay === undefined && labelsMissing === 0)) return scenario
  const delay = labelDelay === undefined ? {} : { delay: { kind: "fixed" as const, seconds: labelDelay } }
  return { ...scenario, batches: { ...scenario.batches, labels: { ...delay, missing: labelsMissing } } }
}

/**
 * Gives labels of one kind that wrong turn in which they come: another one of the scenario's classes, each as likely. What
 * is wrong at a low share is wrong, and the same, at all higher ones.
 */
export const mislabeller = ({ labelNoise = 0 }: Difficulty, seed: number, kind: "train" | "validation") => {
  const rng = Rng.named(seed, `labels/noise/${kind}`)
  return (examples: Examples, classes: ReadonlyArray<number>): Examples => {
    if (labelNoise === 0 || classes.length < 2) return examples
    const labels = examples.labels.map((label) => {
      const [chance, other] = [rng.next(), rng.below(classes.length - 1)]
      return chance < labelNoise ? classes.filter((one) => one !== label)[other]! : label
    })
    return { ...examples, labels }
  }
}

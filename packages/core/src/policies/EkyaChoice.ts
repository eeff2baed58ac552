/** Ekya's choice: which configuration of a round, if any, makes the next window's mean accuracy highest. */
import * as LearningCurve from "../LearningCurve.ts"

/** A trial of a frozen prefix. */
export interface Trial {
  /** Leading units that were frozen. */
  readonly depth: number
  readonly before: number
  readonly after: number
  /** Of one step, beside the requests that came between. */
  readonly seconds: number
}

export interface Situation {
  readonly trials: ReadonlyArray<Trial>
  /** Steps of a trial. */
  readonly steps: number
  /** Accuracy of the model that serves. */
  readonly now: number
  /** Samples that wait. */
  readonly samples: number
  /** How long the window is, and what a round takes beside its steps; seconds. */
  readonly window: number
  readonly fixed: number
}

/** What may be chosen of. */
export interface Knobs {
  readonly batchSize: number
  readonly epochs: number
  readonly shares: number
  /** Accuracy that training is assumed to end with, after 30 epochs. */
  readonly end: number
  /** Accuracy lost while a round runs, on top of the old model's: what it takes from inference. */
  readonly price: number
}

export interface Configuration {
  readonly depth: number
  readonly epochs: number
  readonly share: number
}

/** Undefined where no configuration beats the present model. */
export const best = (knobs: Knobs, situation: Situation): Configuration | undefined => {
  let [chosen, most]: [Configuration | undefined, number] = [undefined, situation.now]
  for (const trial of situation.trials) {
    const reaches = curveOf(knobs, situation, trial)
    for (const share of halves(knobs.shares)) {
      for (const epochs of doubles(knobs.epochs)) {
        const steps = epochs * Math.ceil((share * situation.samples) / knobs.batchSize)
        const mean = windowMean(knobs, situation, situation.fixed + steps * trial.seconds, reaches(steps))
        if (mean > most + least) [chosen, most] = [{ depth: trial.depth, epochs, share }, mean]
      }
    }
  }
  return chosen
}

/** A gain that is no rounding error. */
const least = 1e-9

/** 1, 2, 4 … up to `most`. */
const doubles = (most: number): ReadonlyArray<number> => (most < 2 ? [1] : [1, ...doubles(most / 2).map((k) => 2 * k)])

/** 1, 1/2, 1/4 …: so many. */
const halves = (count: number): ReadonlyArray<number> =>
  count < 2 ? [1] : [1, ...halves(count - 1).map((share) => share / 2)]

/** The old model serves until the round ends. */
const windowMean = ({ price }: Knobs, { now, window }: Situation, seconds: number, after: number): number => {
  const busy = Math.min(1, seconds / window)
  return busy * (now - price) + (1 - busy) * after
}

/** Accuracy after so many steps from now on: along the trial's curve from where it is as accurate as the model now. */
const curveOf = ({ batchSize, end }: Knobs, { steps, now, samples }: Situation, { before, after }: Trial) => {
  const far = { iterations: 30 * Math.ceil(samples / batchSize), accuracy: Math.min(1, Math.max(end, before, after)) }
  const points = [{ iterations: 0, accuracy: before }, { iterations: steps, accuracy: after }, far]
  const curve = LearningCurve.fit(points, 32)
  const here = curve === undefined ? Infinity : Math.max(0, LearningCurve.iterationsTo(curve, now))
  return (more: number): number =>
    curve === undefined || here === Infinity ? now : LearningCurve.accuracy(curve, here + more)
}

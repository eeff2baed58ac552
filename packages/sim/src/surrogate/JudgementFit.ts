/** What goes with a model's accuracy: losses, how it does on validation samples and new batches, and single answers. */
import * as Dynamics from "./Dynamics.ts"
import * as FeelingFit from "./FeelingFit.ts"
import type { Judged, Recording } from "./Recording.ts"

export interface Judgement {
  /** Loss of a step: `c₀ + c₁ e + c₂ p + c₃ e p` of the error `e` and the part `p` of the round that is over. */
  readonly step: ReadonlyArray<number>
  /** Relative deviation of a step's loss. */
  readonly stepNoise: number
  /** Accuracy on validation samples, and on a batch that is not learnt yet: `a₀ + a₁ accuracy`; and their losses. */
  readonly validation: ReadonlyArray<number>
  readonly validationLoss: ReadonlyArray<number>
  readonly pretest: ReadonlyArray<number>
  readonly pretestLoss: ReadonlyArray<number>
  /** Quantiles of single answers: energy in deviations from its scene's mean, and confidence, right or wrong. */
  readonly energy: ReadonlyArray<number>
  readonly right: ReadonlyArray<number>
  readonly wrong: ReadonlyArray<number>
}

/** Quantiles kept, at 0, 1/20, … 1. */
const places = 21

interface Point {
  readonly accuracies: Float64Array
  readonly version: number
  readonly steps: number
}

/** Expected accuracies of all scenes before every step and between rounds. */
const walk = (model: Dynamics.Model, { rounds }: Recording, see: (point: Point) => void): void => {
  const state = Dynamics.begin(model)
  const shares = new Float64Array(model.scenes)
  const aims = new Float64Array(model.scenes)
  const report = (version: number, steps: number) =>
    see({ version, steps, accuracies: Float64Array.from(shares, (_, j) => Dynamics.accuracy(model, state, j)) })
  for (const [version, round] of rounds.entries()) {
    report(version, 0)
    Dynamics.sharesOf(round.batches, shares)
    Dynamics.aim(model, shares, aims)
    const width = Dynamics.width(model, round.batches.length)
    for (const [i, depth] of round.depths.entries()) {
      Dynamics.step(model, state, shares, aims, depth, width)
      if (i + 1 < round.depths.length) report(version, i + 1)
    }
  }
  report(rounds.length, 0)
}

interface Row {
  readonly x: ReadonlyArray<number>
  readonly y: number
}

export const fit = (
  recordings: ReadonlyArray<Recording>,
  modelOf: (seed: number) => Dynamics.Model,
  stepsOf: (samples: number) => number
): Judgement => {
  const steps: Array<Row> = []
  const validated = { accuracy: [] as Array<Row>, loss: [] as Array<Row> }
  const pretested = { accuracy: [] as Array<Row>, loss: [] as Array<Row> }
  for (const one of recordings) {
    const known = new Map<string, Float64Array>()
    const shares = new Float64Array(one.scenes)
    walk(modelOf(one.seed), one, ({ accuracies, steps: done, version }) => {
      known.set(`${version}/${done}`, accuracies)
      const round = one.rounds[version]
      if (round === undefined) return
      Dynamics.sharesOf(round.batches, shares)
      const planned = stepsOf(round.batches.reduce((sum, { samples }) => sum + samples, 0))
      steps.push({ x: stepRow(1 - inShares(accuracies, shares), done / planned), y: round.losses[done]! })
    })
    const judge = (to: typeof validated, { version, steps: done, batches, accuracy, loss }: Judged) => {
      const accuracies = known.get(`${version}/${done}`)
      if (accuracies === undefined || batches.length === 0) return
      Dynamics.sharesOf(batches, shares)
      const expected = inShares(accuracies, shares)
      to.accuracy.push({ x: [1, expected], y: accuracy })
      to.loss.push({ x: [1, 1 - expected], y: loss })
    }
    for (const one_ of one.validated) judge(validated, one_)
    for (const one_ of one.pretested) judge(pretested, one_)
  }
  const step = line(steps)
  return {
    step,
    stepNoise: relative(steps, step),
    validation: line(validated.accuracy),
    validationLoss: line(validated.loss),
    pretest: line(pretested.accuracy),
    pretestLoss: line(pretested.loss),
    ...answers(recordings)
  }
}

export const stepRow = (error: number, part: number): ReadonlyArray<number> => [1, error, part, error * part]

const inShares = (accuracies: Float64Array, shares: Float64Array) => {
  let sum = 0
  for (let j = 0; j < shares.length; j++) sum += shares[j]! * accuracies[j]!
  return sum
}

const line = (rows: ReadonlyArray<Row>) => {
  const real = rows.filter(({ y }) => Number.isFinite(y))
  return FeelingFit.linear(
    real.map(({ x }) => x),
    real.map(({ y }) => y)
  )
}

const relative = (rows: ReadonlyArray<Row>, at: ReadonlyArray<number>) => {
  let sum = 0
  for (const { x, y } of rows) {
    const expected = Math.max(
      0.02,
      x.reduce((total, value, k) => total + value * at[k]!, 0)
    )
    sum += Math.min(1, Math.abs(y - expected) / expected) ** 2
  }
  return Math.sqrt(sum / rows.length)
}

const answers = (recordings: ReadonlyArray<Recording>): Pick<Judgement, "energy" | "right" | "wrong"> => {
  const energies: Array<number> = []
  const right: Array<number> = []
  const wrong: Array<number> = []
  for (const { answered, feelings } of recordings) {
    const known = new Map(feelings.map((one) => [`${one.version}/${one.scene}`, one]))
    for (const { version, scene, energy, confidence, correct } of answered) {
      const feeling = known.get(`${version}/${scene}`)
      if (feeling === undefined) continue
      energies.push((energy - feeling.energyMean) / Math.max(1e-3, feeling.energyDeviation))
      ;(correct ? right : wrong).push(confidence - feeling.confidence)
    }
  }
  return { energy: quantiles(energies), right: quantiles(right), wrong: quantiles(wrong) }
}

/** The ends are left out: what is beyond 1 in 400 is not repeated. */
const quantiles = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = values.toSorted((a, b) => a - b)
  return Array.from({ length: places }, (_, i) => {
    const share = Math.min(0.9975, Math.max(0.0025, i / (places - 1)))
    return sorted[Math.round(share * (sorted.length - 1))] ?? 0
  })
}

/** A number with these quantiles, at a uniform number. */
export const drawn = (quantiles: ArrayLike<number>, uniform: number): number => {
  const place = uniform * (quantiles.length - 1)
  const i = Math.floor(place)
  const low = quantiles[i]!
  return low + ((quantiles[i + 1] ?? low) - low) * (place - i)
}

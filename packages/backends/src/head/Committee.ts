/**
 * Several heads on the same features. Each labelled batch is first answered by every head, whose weight follows from its
 * errors so far (`Hedge`), and then learnt by all. Answers are the mean of the heads' probabilities by their weights. What a
 * head loses on a sample is what it withheld from the true class, `1 - p`: the mean by weights is then what the committee
 * itself loses, so that the bounds on its regret hold for its own answers.
 */
import type { Prediction } from "@edgeol/core/Learner"
import type { Family, MakeFamily, Scores, State } from "./Head.ts"
import * as Head from "./Head.ts"
import * as Hedge from "./Hedge.ts"
import * as RecursiveLeastSquares from "./RecursiveLeastSquares.ts"
import * as Rows from "./Rows.ts"
import * as Saved from "./Saved.ts"
import * as Softmax from "./Softmax.ts"
import * as SoftmaxSgd from "./SoftmaxSgd.ts"
import * as StreamingLda from "./StreamingLda.ts"
import * as Temperature from "./Temperature.ts"

export interface Config {
  readonly families: ReadonlyArray<MakeFamily>
  readonly weighting: Hedge.Weighting
}

/**
 * Linear discriminants that remember 20, 100 or all samples of a class, each with and without a prior; regressions that
 * forget in about ten batches of 16, or never; a softmax. With discriminants and both regressions three scatters are kept,
 * which is where the time goes.
 */
export const defaults: Config = {
  families: [
    StreamingLda.family({ memories: [20, 100, Infinity], priors: [0, 4] }),
    Head.alone("least squares, memory 150", RecursiveLeastSquares.make({ memory: 150 })),
    Head.alone("least squares, memory Infinity", RecursiveLeastSquares.make()),
    Head.alone("softmax", SoftmaxSgd.make())
  ],
  weighting: Hedge.fixedShare(4, 0.05)
}

/** Samples in a batch that count as one round of weighting; fewer count for less. */
const round = 16

export interface Answers extends Prediction {
  /** `rows × classes`, by `classes`. */
  readonly probabilities: Float64Array
}

export interface Committee {
  readonly names: ReadonlyArray<string>
  readonly width: number
  /** Labels learnt so far, in the order in which they first came. */
  readonly classes: () => ReadonlyArray<number>
  /** By head, adding up to 1. */
  readonly weights: () => Float64Array
  /** Calibrated: confidence is meant to be the share of right answers. Label -1, confidence 0, as long as nothing was learnt. */
  readonly predict: (rows: Rows.Rows) => Answers
  /** Answers, then learns. A batch is tested on in pieces, so its later rows are answered by what the earlier ones taught. */
  readonly learn: (rows: Rows.Rows, labels: Int32Array) => Answers
  readonly state: () => State
}

interface Own {
  readonly families: ReadonlyArray<Family>
  readonly weighting: Hedge.Weighting
  readonly classes: Array<number>
  weights: Float64Array
  /** Log of the sharpness, by head; the last is the committee's own. */
  sharpness: Float64Array
}

export const make = (width: number, config: Config = defaults, state?: State): Committee => {
  const own = open(width, config, state)
  return {
    names: own.families.flatMap(({ names }) => names),
    width,
    classes: () => own.classes,
    weights: () => own.weighting.weights(own.weights),
    predict: (rows) => answer(own, ask(own, fitting(width, rows)), rows.count),
    learn: (rows, labels) => {
      const pieces = Rows.pieces(fitting(width, rows), labels)
      return join(
        pieces.map((piece) => learn(own, piece.rows, piece.labels)),
        own.classes.length
      )
    },
    state: () => save(own)
  }
}

const fitting = (width: number, rows: Rows.Rows): Rows.Rows => {
  if (rows.width === width) return rows
  throw new Error(`features of ${rows.width} numbers for a head of ${width}: take them from the model it was made for`)
}

/** Each head's logits. */
const ask = ({ families }: Own, rows: Rows.Rows): ReadonlyArray<Scores> => {
  const sound = Rows.answerable(rows)
  return families.flatMap((family) => family.scores(sound))
}

const learn = (own: Own, rows: Rows.Rows, labels: Int32Array): Answers => {
  const scores = ask(own, rows)
  const answers = answer(own, scores, rows.count)
  const sound = Rows.learnable(rows, labels)
  if (sound.rows.count > 0) {
    weigh(own, scores, answers, labels)
    for (const family of own.families) family.learn(sound.rows, enroll(own, sound.labels))
  }
  return answers
}

/** Labels as places in `classes`; a new one gets the next. */
const enroll = ({ classes }: Own, labels: Int32Array): Int32Array =>
  labels.map((label) => {
    const place = classes.indexOf(label)
    return place >= 0 ? place : classes.push(label) - 1
  })

/** Weights and sharpness, from answers given before these labels were known. */
const weigh = (own: Own, scores: ReadonlyArray<Scores>, answers: Answers, labels: Int32Array): void => {
  const truth = labels.map((label) => own.classes.indexOf(label))
  const part = Math.min(1, labels.length / round)
  const losses = scores.map(
    ({ logits, classes }, k) => part * loss(logits, classes, truth, Math.exp(own.sharpness[k]!))
  )
  own.weights = own.weighting.update(own.weights, Float64Array.from(losses))
  const mixed = answers.probabilities.map((p) => Math.log(p))
  const all = [...scores, { logits: mixed, classes: own.classes.length }]
  own.sharpness = own.sharpness.map((value, k) => Temperature.next(value, all[k]!.logits, all[k]!.classes, truth))
}

/** Mean of `1 - p` of the true class. */
const loss = (logits: Float64Array, classes: number, truth: Int32Array, sharpness: number): number => {
  const p = new Float64Array(classes)
  let sum = 0
  truth.forEach((label, i) => {
    Softmax.probabilities(logits.subarray(i * classes, (i + 1) * classes), p, sharpness)
    sum += 1 - (p[label] ?? 0)
  })
  return sum / truth.length
}

const answer = (own: Own, scores: ReadonlyArray<Scores>, count: number): Answers => {
  const classes = own.classes.length
  const weights = own.weighting.weights(own.weights)
  const probabilities = new Float64Array(count * classes)
  const energy = new Float32Array(count)
  scores.forEach((head, k) => {
    const p = new Float64Array(head.classes)
    const sharpness = Math.exp(own.sharpness[k]!)
    for (let i = 0; i < count; i++) {
      const logits = head.logits.subarray(i * head.classes, (i + 1) * head.classes)
      energy[i] = energy[i]! - weights[k]! * Softmax.probabilities(logits, p, sharpness)
      for (let c = 0; c < p.length; c++)
        probabilities[i * classes + c] = probabilities[i * classes + c]! + weights[k]! * p[c]!
    }
  })
  return { probabilities, energy, ...best(own, probabilities, count) }
}

const best = ({ classes, sharpness }: Own, probabilities: Float64Array, count: number) => {
  const labels = new Int32Array(count).fill(-1)
  const confidence = new Float32Array(count)
  const scaled = new Float64Array(classes.length)
  for (let i = 0; i < count && classes.length > 0; i++) {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length)
    const first = row.indexOf(row.reduce((a, b) => Math.max(a, b)))
    labels[i] = classes[first]!
    Softmax.probabilities(
      row.map((p) => Math.log(p)),
      scaled,
      Math.exp(sharpness.at(-1)!)
    )
    confidence[i] = scaled[first]!
  }
  return { labels, confidence }
}

/** Answers to pieces of one batch; earlier ones know no class that later ones brought. */
const join = (parts: ReadonlyArray<Answers>, classes: number): Answers => {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0)
  const probabilities = new Float64Array(count * classes)
  let at = 0
  for (const { probabilities: part, labels } of parts) {
    const known = part.length / labels.length
    for (let i = 0; i < labels.length; i++, at++)
      probabilities.set(part.subarray(i * known, (i + 1) * known), at * classes)
  }
  return {
    probabilities,
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
    energy: Float32Array.from(parts.flatMap(({ energy }) => [...energy])),
    confidence: Float32Array.from(parts.flatMap(({ confidence }) => [...confidence]))
  }
}

const open = (width: number, { families, weighting }: Config, state: State | undefined): Own => {
  const own = families.map((make, i) => make(width, state === undefined ? undefined : under(state, `${i}/`)))
  const heads = own.reduce((sum, { names }) => sum + names.length, 0)
  return {
    families: own,
    weighting,
    classes: state === undefined ? [] : [...Saved.values(state, "classes")],
    weights: state === undefined ? weighting.initial(heads) : Saved.values(state, "weights"),
    sharpness: state === undefined ? new Float64Array(heads + 1) : Saved.values(state, "sharpness")
  }
}

const save = ({ families, classes, weights, sharpness }: Own): State => ({
  classes: Float64Array.from(classes),
  weights: weights.slice(),
  sharpness: sharpness.slice(),
  ...Object.fromEntries(
    families.flatMap((family, i) => Object.entries(family.state()).map(([name, values]) => [`${i}/${name}`, values]))
  )
})

const under = (state: State, prefix: string): State =>
  Object.fromEntries(
    Object.entries(state).flatMap(([name, values]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), values]] : []
    )
  )

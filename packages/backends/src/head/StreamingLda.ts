/**
 * Streaming linear discriminant analysis (Hayes, Kanan 2020): Gaussian classes with one covariance, all updated sample by
 * sample. `δ_c(x) = μ_c' Σ⁻¹ x - ½ μ_c' Σ⁻¹ μ_c + prior · log share_c`, the share among about the last 64 labels. Heads that
 * differ in how fast their means move and in their priors share the covariance, of which deviations from the means of the
 * first memory are taken. The covariance of means that move is estimated without bias while they are plain means
 * (Welford 1962): a deviation from the mean before it moved weighs `1 - rate`.
 */
import * as ClassMeans from "./ClassMeans.ts"
import * as Head from "./Head.ts"
import * as InverseRoot from "./InverseRoot.ts"
import * as Recency from "./Recency.ts"
import * as Rows from "./Rows.ts"
import * as Saved from "./Saved.ts"
import * as Table from "./Table.ts"

export interface Config {
  /** Samples of its class that a mean is over; `Infinity` for all. */
  readonly memories: ReadonlyArray<number>
  /** Weights of the recency prior. */
  readonly priors: ReadonlyArray<number>
  /** Of all samples, for the covariance. */
  readonly scatterMemory: number
  /** Share of the identity in the covariance. */
  readonly shrinkage: number
}

export const defaults: Config = { memories: [20], priors: [4], scatterMemory: Infinity, shrinkage: 1e-2 }

interface Lda {
  readonly config: Config
  readonly scatter: InverseRoot.InverseRoot
  readonly sets: ReadonlyArray<ClassMeans.ClassMeans>
  readonly recency: Recency.Recency
  /** Samples of each class. */
  counts: Float64Array
}

/** With one memory and one prior: a head. */
export const make =
  (config: Partial<Config> = {}): Head.Make =>
  (width, state) =>
    Head.only(family(config)(width, state))

/** A head for each memory and prior. */
export const family =
  (config: Partial<Config> = {}): Head.MakeFamily =>
  (width, state) => {
    const lda = open({ ...defaults, ...config }, width, state)
    return {
      names: lda.config.memories.flatMap((memory) =>
        lda.config.priors.map((prior) => `LDA, memory ${memory}, prior ${prior}`)
      ),
      scores: (rows) => scores(lda, Rows.answerable(rows)),
      learn: (rows, labels) => {
        const { rows: sound, labels: theirs } = Rows.learnable(rows, labels)
        for (const piece of Rows.pieces(sound, theirs)) learn(lda, piece.rows, piece.labels)
      },
      state: () => save(lda)
    }
  }

const scores = (lda: Lda, rows: Rows.Rows): ReadonlyArray<Head.Scores> => {
  const shares = Recency.logShares(lda.recency)
  return lda.sets.flatMap((set) => {
    const products = Table.products(rows, set.solved)
    const halves = ClassMeans.halfNorms(set)
    return lda.config.priors.map((prior) => ({
      classes: halves.length,
      logits: discriminants(lda, products, halves, prior, shares)
    }))
  })
}

const discriminants = (
  { scatter, counts }: Lda,
  products: Float64Array,
  halves: Float64Array,
  prior: number,
  shares: Float64Array
): Float64Array => {
  const weight = InverseRoot.scale(scatter)
  const offsets = halves.map((half, c) => (counts[c] === 0 ? -Infinity : prior * shares[c]! - weight * half))
  return products.map((product, i) => weight * product + offsets[i % halves.length]!)
}

const learn = (lda: Lda, rows: Rows.Rows, labels: Int32Array): void => {
  const { config, scatter, sets } = lda
  const classes = Head.classesWith(lda.counts.length, labels)
  for (const set of sets) {
    Table.grow(set.means, classes)
    Table.grow(set.solved, classes)
  }
  const before = Float64Array.from({ length: classes }, (_, c) => lda.counts[c] ?? 0)
  lda.counts = before.slice()
  const deviations = deviate(lda, rows, labels)
  const old = labels.filter((label, i) => before[label]! > 0 || labels.indexOf(label) < i).length
  const keep = Head.kept(config.scatterMemory, rows.count)
  const news = { rows: deviations, weight: old, keep, share: config.shrinkage }
  const update = InverseRoot.update(scatter, news)
  for (const { solved } of sets) {
    const products = Table.products(update.rows, solved)
    for (let i = 0; i < products.length; i++) products[i] = -products[i]!
    Table.add(solved, products, update.gain, 1 / keep)
  }
  lda.counts = before
  follow(lda, rows, labels, update.gain)
  Recency.learn(lda.recency, classes, labels)
}

/** Moves the means; gives `√(1 - rate) (x - μ)` by the first memory, zero for the first sample of a class. */
const deviate = ({ sets, counts }: Lda, rows: Rows.Rows, labels: Int32Array): Rows.Rows => {
  const { width, values } = rows
  const deviations = new Float64Array(values.length)
  const { means } = sets[0]!
  labels.forEach((label, i) => {
    const factor = Math.sqrt(1 - ClassMeans.rate(sets[0]!.memory, counts[label]!))
    for (let j = 0; j < width; j++)
      deviations[i * width + j] = factor * (values[i * width + j]! - means.values[label * width + j]!)
    for (const set of sets)
      ClassMeans.move(set.means, label, ClassMeans.rate(set.memory, counts[label]!), values, i * width)
    counts[label] = counts[label]! + 1
  })
  return { ...rows, values: deviations }
}

/** Moves `A⁻¹ μ` as the means moved. `A⁻¹ x` is had from the gain, `A⁻¹` times the deviation, save for a first sample. */
const follow = ({ sets, counts, scatter }: Lda, rows: Rows.Rows, labels: Int32Array, gain: Rows.Rows): void => {
  const { width } = rows
  const { memory, solved } = sets[0]!
  labels.forEach((label, i) => {
    const rate = ClassMeans.rate(memory, counts[label]!)
    const own = gain.values.subarray(i * width, (i + 1) * width)
    const mean = Table.vector(solved, label)
    const sample =
      rate === 1
        ? InverseRoot.apply(scatter, rows.values.subarray(i * width, (i + 1) * width))
        : own.map((value, j) => value / Math.sqrt(1 - rate) + mean[j]!)
    for (const set of sets) ClassMeans.move(set.solved, label, ClassMeans.rate(set.memory, counts[label]!), sample)
    counts[label] = counts[label]! + 1
  })
}

const open = (config: Config, width: number, state: Head.State | undefined): Lda => ({
  config,
  scatter: state === undefined ? InverseRoot.make(width, config.shrinkage) : Saved.inverse(state, "scatter", width),
  sets: config.memories.map((memory, i) => ({
    memory,
    means: Table.make(width, state === undefined ? undefined : Saved.values(state, `means${i}`)),
    solved: Table.make(width, state === undefined ? undefined : Saved.values(state, `solved${i}`))
  })),
  recency: { counts: state === undefined ? new Float64Array(0) : Saved.values(state, "recent") },
  counts: state === undefined ? new Float64Array(0) : Saved.values(state, "counts")
})

const save = ({ scatter, sets, recency, counts }: Lda): Head.State => ({
  ...Saved.fromInverse("scatter", scatter),
  ...Object.fromEntries(sets.map(({ means }, i) => [`means${i}`, Table.content(means)])),
  ...Object.fromEntries(sets.map(({ solved }, i) => [`solved${i}`, Table.content(solved)])),
  recent: recency.counts.slice(),
  counts: counts.slice()
})

/**
 * A learner that learns nothing: a surrogate says how accurate a model would be after what it was taught, and what a policy
 * would see of it. Nothing is allocated by an answer or a step.
 *
 * Of a recipe it follows the epochs and the share, as far as steps go: hard samples teach what any do. What replay, momentum
 * that starts anew, self-supervision or sparse kernels would change was not recorded: such runs are guesses, and learn as
 * others do.
 *
 * Luck goes by number, not by order: a request meets the same luck under every policy, a validation sample is right or
 * wrong for good, and two runs that teach the same get the same model.
 */
import type { Validation } from "@edgeol/core/Learner"
import * as Recipe from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import type { Answer, Batch, SimLearner } from "../SimLearner.ts"
import * as Accuracy from "./Accuracy.ts"
import * as Chance from "./Chance.ts"
import * as Dynamics from "./Dynamics.ts"
import * as FeelingFit from "./FeelingFit.ts"
import * as Scatter from "./Scatter.ts"
import * as Shown from "./Shown.ts"
import * as SimilarityFit from "./SimilarityFit.ts"
import type { Surrogate, Twin } from "./Surrogate.ts"

export interface Options {
  readonly seed: number
  /** The seed to be like; without it one of the recorded ones is drawn. */
  readonly twin?: Twin
  /** Without chance: the twin as it is best known, and models as they are expected. Answers are still right or wrong. */
  readonly expected?: boolean
}

export interface SurrogateLearner extends SimLearner {
  /** Why what it says is a guess: the first thing met that the recorded runs did not cover. */
  readonly outside: string | undefined
}

export const make = (surrogate: Surrogate, options: Options): SurrogateLearner => new Learner(surrogate, options)

/** Keys of the sources of chance. */
const source = { twin: 1, answer: 2, feeling: 3, loss: 4, model: 5, validation: 6, pretest: 7, probe: 8, energy: 9 }

/** How far beyond the recorded number of steps is still much the same. */
const margin = 1.1

/** A model in one state of learning. */
interface Model extends Dynamics.State {
  readonly energy: Float64Array
  readonly moved: Float64Array
}

class Learner implements SurrogateLearner {
  readonly units: number
  outside: string | undefined = undefined
  readonly #body: Surrogate["body"]
  readonly #key: number
  readonly #dynamics: Dynamics.Model
  readonly #offset: number
  readonly #far: number
  readonly #scatter: Scatter.Scatter
  readonly #serving: Model
  readonly #training: Model
  readonly #shown: Shown.Shown
  readonly #scenes: number
  readonly #shares: Float64Array
  readonly #aims: Float64Array
  #running = false
  #history: number
  #rounds = 0
  #iterations = 0
  #depth = 0
  #recipe: Recipe.Recipe = {}
  #width = 0
  #planned = 1
  #done = 0

  constructor(surrogate: Surrogate, { seed, twin, expected = false }: Options) {
    const { body } = surrogate
    this.#body = body
    this.units = body.units.length
    this.#key = Rng.named(seed, "surrogate").below(2 ** 32)
    const known = twin ?? body.twins[Rng.named(seed, "surrogate/twin").below(body.twins.length)]!
    const scenes = body.scenes.length
    const own = expected ? known.accuracy : jittered(known, Chance.key(this.#key, source.twin))
    this.#dynamics = Accuracy.model(body.accuracy, own)
    this.#offset = known.energy[0]!
    this.#far = known.similarity
    this.#scatter = expected
      ? Scatter.make({ ...body.noise, scale: 0 }, 0, scenes)
      : Scatter.make(body.noise, body.energies.noise, scenes)
    const begin = (): Model => ({
      ...Dynamics.begin(this.#dynamics),
      energy: Float64Array.from(known.energy.slice(1)),
      moved: new Float64Array(body.units.length)
    })
    this.#serving = begin()
    this.#training = begin()
    const byScene = () => new Float64Array(scenes)
    this.#shares = byScene()
    this.#aims = byScene()
    this.#shown = Shown.make(body, this.#key ^ source.answer, this.#key ^ source.feeling)
    this.#scenes = scenes
    this.#history = this.#key
    this.#show()
  }

  answer(request: number, scene: number, to: Answer): void {
    this.#shown.answer(request, this.#known(scene), to)
  }

  begin(batches: ReadonlyArray<Batch>): number {
    const { batchSize, range } = this.#body
    const epochs = Recipe.passes(this.#recipe, this.#body.epochs)
    this.#running = true
    this.#rounds += 1
    this.#done = 0
    this.#history = Chance.key(this.#history, batches.at(-1)?.id ?? -1)
    copy(this.#serving, this.#training)
    this.#sharesOf(batches)
    Dynamics.aim(this.#dynamics, this.#shares, this.#aims)
    this.#width = Dynamics.width(this.#dynamics, batches.length)
    if (batches.length > range.batches) {
      this.#mark(`a round on ${batches.length} batches, where at most ${range.batches} were recorded`)
    }
    let samples = 0
    for (const batch of batches) samples += batch.samples
    this.#planned = Math.ceil(Recipe.selected(this.#recipe, samples) / batchSize) * epochs
    return this.#planned
  }

  step(): number {
    const { accuracy, energies, similarity, judgement, range } = this.#body
    let error = 1
    for (let j = 0; j < this.#shares.length; j++) {
      if (this.#shares[j]! > 0) {
        error -= this.#shares[j]! * this.#scatter.seen(Dynamics.accuracy(this.#dynamics, this.#training, j), j)
      }
    }
    const part = this.#done / this.#planned
    const [c0, c1, c2, c3] = judgement.step as readonly [number, number, number, number]
    const expected = Math.max(0.02, c0 + c1 * error + c2 * part + c3 * error * part)
    const speed = accuracy.speed[this.#depth]!
    Dynamics.step(this.#dynamics, this.#training, this.#shares, this.#aims, this.#depth, this.#width)
    FeelingFit.step(energies, this.#offset, this.#training.energy, this.#shares, speed)
    SimilarityFit.step(similarity, this.#training.moved, this.#depth)
    this.#done += 1
    this.#iterations += 1
    if (this.#iterations > margin * range.steps) this.#mark(`far more than the ${range.steps} steps that were recorded`)
    const luck = Chance.normal(this.#key ^ source.loss, this.#iterations)
    return expected * Math.max(0.05, 1 + judgement.stepNoise * luck)
  }

  finish(): void {
    this.#running = false
    copy(this.#training, this.#serving)
    this.#history = Chance.key(Chance.key(this.#history, this.#done), this.#depth)
    this.#scatter.next(Chance.key(this.#history, source.model), this.#done, this.#rounds === 1)
    this.#show()
  }

  freeze(units: ReadonlyArray<boolean>): void {
    const open = units.indexOf(false)
    this.#depth = Math.min(open < 0 ? units.length : open, this.units - 1)
    if (open >= 0 && units.indexOf(true, open) >= 0) this.#mark("units frozen behind one that trains")
    if (this.#depth > this.#body.range.depth) this.#mark(`${this.#depth} frozen units`)
  }

  recipe(recipe: Recipe.Recipe): void {
    this.#recipe = recipe
    const { share, replay, carry, sparse } = { ...Recipe.defaults, ...recipe }
    if (share < 1) this.#mark("rounds on hard samples")
    if (replay > 0) this.#mark("replay")
    if (!carry) this.#mark("momentum that is not carried")
    if (Recipe.isSelfSupervised(recipe)) this.#mark("self-supervision")
    if (sparse.density < 1) this.#mark("sparse kernels")
  }

  probe(batches: ReadonlyArray<Batch>): ReadonlyArray<number> {
    const { between, within } = this.#body.similarity
    const { moved } = this.#running ? this.#training : this.#serving
    const probe = Chance.key(this.#key ^ source.probe, batches.at(-1)?.id ?? -1)
    const now = Chance.key(probe, this.#iterations)
    return Array.from(moved, (distance, unit) => {
      const factor =
        positive(between[unit]!, Chance.normal(probe, unit)) * positive(within[unit]!, Chance.normal(now, unit))
      return 1 - Math.min(1.2, distance * this.#far * factor)
    })
  }

  validate(batches: ReadonlyArray<Batch>): Validation {
    const { validation, validationLoss } = this.#body.judgement
    return this.#judge(batches, false, validation, validationLoss, source.validation)
  }

  pretest(batch: Batch): Validation {
    const { pretest, pretestLoss } = this.#body.judgement
    return this.#judge([batch], true, pretest, pretestLoss, source.pretest)
  }

  /** No recorded run adapts a fast head, so this one stands still. */
  adapt(batch: Batch): number {
    this.#mark("a fast head")
    return this.pretest(batch).accuracy
  }

  #judge(
    batches: ReadonlyArray<Batch>,
    fresh: boolean,
    line: ReadonlyArray<number>,
    lossLine: ReadonlyArray<number>,
    from: number
  ): Validation {
    const model = this.#running ? this.#training : this.#serving
    let [samples, right, error, sum, squares] = [0, 0, 0, 0, 0]
    for (const batch of batches) {
      const n = fresh ? batch.samples : batch.validation
      if (n === 0) continue
      const j = this.#known(batch.scene)
      const accuracy = this.#scatter.seen(Dynamics.accuracy(this.#dynamics, model, j), j)
      const p = Math.min(1, Math.max(0, line[0]! + line[1]! * accuracy))
      const luck = Chance.normal(this.#key ^ from, batch.id)
      right += Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * luck)))
      const energy = this.#scatter.felt(model.energy[j]!, j)
      const deviation = Shown.deviation(this.#body, energy)
      const mean = energy + (deviation / Math.sqrt(n)) * Chance.normal(this.#key ^ source.energy, batch.id)
      samples += n
      error += n * (1 - accuracy)
      sum += n * mean
      squares += n * (mean * mean + (deviation * deviation * (n - 1)) / n)
    }
    const energyMean = sum / samples
    return {
      accuracy: right / samples,
      loss: samples === 0 ? NaN : Math.max(1e-3, lossLine[0]! + (lossLine[1]! * error) / samples),
      energyMean,
      energyDeviation: Math.sqrt(Math.max(0, squares / samples - energyMean * energyMean))
    }
  }

  #show() {
    for (let j = 0; j < this.#scenes; j++) {
      const accuracy = this.#scatter.seen(Dynamics.accuracy(this.#dynamics, this.#serving, j), j)
      this.#shown.show(j, accuracy, this.#scatter.felt(this.#serving.energy[j]!, j))
    }
  }

  #sharesOf(batches: ReadonlyArray<Batch>) {
    this.#shares.fill(0)
    let samples = 0
    for (const batch of batches) samples += batch.samples
    for (const batch of batches) this.#shares[this.#known(batch.scene)]! += batch.samples / samples
  }

  /** The scene, or the last one where there is no such scene. */
  #known(scene: number): number {
    if (scene < this.#scenes && scene >= 0) return scene
    this.#mark(`scene ${scene}, where ${this.#scenes - 1} were recorded`)
    return this.#scenes - 1
  }

  #mark(what: string) {
    this.outside ??= what
  }
}

const copy = (from: Model, to: Model) => {
  to.knowledge.set(from.knowledge)
  to.base.set(from.base)
  to.energy.set(from.energy)
  to.moved.set(from.moved)
}

/** A factor of mean 1 and about this deviation that is never negative. */
const positive = (deviation: number, normal: number): number => {
  const half = Math.min(1, deviation / 2)
  return (1 + half * normal) ** 2 / (1 + half * half)
}

/** A twin moved by as much as it is not known. */
export const jittered = (
  { accuracy, factor }: Pick<Twin, "accuracy" | "factor">,
  key: number
): ReadonlyArray<number> => {
  const draws = accuracy.map((_, i) => Chance.normal(key, i))
  return accuracy.map((value, i) => {
    let sum = value
    for (let k = 0; k <= i; k++) sum += factor[(i * (i + 1)) / 2 + k]! * draws[k]!
    return sum
  })
}

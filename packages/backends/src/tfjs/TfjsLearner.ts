/** The learner on tfjs-node: serves with one set of weights while a round trains another. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import type { Watched } from "@edgeol/core/Decision"
import * as Labels from "@edgeol/core/Examples"
import type { Examples } from "@edgeol/core/Examples"
import { Learner, LearnerError } from "@edgeol/core/Learner"
import type { Prediction, Round as LearnerRound } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Recipe from "@edgeol/core/Recipe"
import { Effect, Layer } from "effect"
import * as Cka from "../Cka.ts"
import * as SimilarityPreserving from "../SimilarityPreserving.ts"
import * as Tensorflow from "../tensorflow/Tensorflow.ts"
import * as Adapting from "./Adapting.ts"
import * as Checkpoint from "./Checkpoint.ts"
import * as Hardest from "./Hardest.ts"
import * as Judge from "./Judge.ts"
import * as Learned from "./Learned.ts"
import * as Models from "./Models.ts"
import * as Net from "./Net.ts"
import * as Round from "./Round.ts"
import * as Running from "./Running.ts"
import * as State from "./State.ts"
import * as Store from "./Store.ts"
import * as Weights from "./Weights.ts"

export interface Options {
  readonly model: Models.Config
  readonly training: Round.Training
  readonly seed: number
  /** Where checkpoints go; made when missing. One learner at a time. */
  readonly folder: string
  /** Of TensorFlow; fixed by the first learner of a process. Results are bit-equal for equal numbers. */
  readonly threads?: number
  /** `cold`: each round runs in a process of its own that loads the checkpoint, trains, saves and exits. */
  readonly rounds: "warm" | "cold"
  /** Start weights by name, such as `ResNet8.body`; those absent or of another shape start at random by the seed. */
  readonly initial?: Weights.Arrays
}

type LearnerService = (typeof Learner)["Service"]

export interface TfjsLearner extends LearnerService {
  /** Trains from the present weights before the run begins; the result is the reference of `probe`. Not billed. */
  readonly pretrain: (examples: Examples, epochs: number) => Effect.Effect<void, LearnerError>
  /** Bytes of the samples that replay draws from; 0 where nothing replays. */
  readonly stored: Effect.Effect<number>
  /** SHA-256 of the serving model's weights. */
  readonly digest: Effect.Effect<string>
  readonly weights: Effect.Effect<Weights.Arrays>
}

/** Released with the scope. */
export const make = Effect.fnUntraced(function* (options: Options) {
  const engine = yield* load(options.threads)
  const net = Net.make(engine.tf, Models.make(options.model))
  const state = yield* Effect.acquireRelease(
    Running.attempt(() => State.open(net, options)),
    (opened) =>
      Effect.andThen(
        drop(opened),
        Effect.sync(() => State.close(opened))
      )
  )
  return learner(net, state, options, engine.threads)
})

export const layer = (options: Options): Layer.Layer<Learner, LearnerError> => Layer.effect(Learner, make(options))

const load = (threads: number | undefined) =>
  Effect.mapError(
    Tensorflow.load(threads === undefined ? {} : { threads }),
    ({ message }) => new LearnerError({ reason: "Engine", message })
  )

type Service = Omit<TfjsLearner, "pretrain" | "digest" | "weights" | "stored">

const learner = (net: Net.Net, state: State.State, options: Options, threads: number): TfjsLearner => ({
  ...answering(net, state),
  ...keeping(net, state, options),
  units: net.model.units.map(({ name }) => name),
  adapt: (samples) => Running.billed("head", () => State.adapt(net, state, options.folder, samples)),
  watch: (what) => watch(state, what),
  recipe: (recipe) => Effect.sync(() => void (state.recipe = recipe)),
  begin: (samples) => begin(net, state, options, threads, samples),
  freeze: (units) => freeze(net, state, units),
  pretrain: (examples, epochs) => Running.attempt(() => pretrain(net, state, options, examples, epochs)),
  weights: Effect.sync(() => Weights.toArrays(state.serving.learned.weights)),
  stored: Effect.sync(() => (state.store === undefined ? 0 : Store.bytes(state.store))),
  digest: Effect.sync(() => digest(state))
})

/** What only looks at models. */
const answering = (net: Net.Net, state: State.State): Pick<Service, "predict" | "probe" | "compare" | "validate"> => ({
  predict: (inputs) =>
    Running.billed("inference", (): Prediction => {
      const { units, learned } = state.serving
      if (state.fast !== undefined) return Adapting.predict(state.fast, { net, units }, inputs)
      return Judge.predict(Net.logits(net, units, inputs), Learned.answers(learned.seen))
    }),
  validate: (samples) =>
    state.running?.validate(samples) ??
    Running.billed("validation", () => {
      const { units, learned } = state.serving
      if (state.fast !== undefined) return Adapting.validate(state.fast, { net, units }, samples)
      return Round.judge(net, units, learned, samples)
    }),
  compare: Effect.fnUntraced(function* (samples) {
    const reference = yield* Running.billed("probe", () => Net.grams(net, State.roundedReference(net, state), samples))
    const now = yield* gramsNow(net, state, samples)
    const compared = yield* Running.billed("probe", () =>
      now.value.map((gram, i) => SimilarityPreserving.loss(gram, reference.value[i]!))
    )
    return { value: compared.value, costs: [...reference.costs, ...now.costs, ...compared.costs] }
  }),
  probe: Effect.fnUntraced(function* (probe) {
    const reference = yield* Running.billed("probe", () => referenceGrams(net, state, probe))
    const now = yield* gramsNow(net, state, probe)
    const compared = yield* Running.billed("probe", () =>
      now.value.map((gram, i) => Cka.unbiased(reference.value[i]!, gram))
    )
    return { value: compared.value, costs: [...reference.costs, ...now.costs, ...compared.costs] }
  })
})

/** Of the model in training, or of the serving one between rounds. */
const gramsNow = (net: Net.Net, state: State.State, samples: Examples) =>
  state.running?.grams(samples) ?? Running.billed("probe", () => Net.grams(net, state.serving.units, samples))

const referenceGrams = (net: Net.Net, state: State.State, probe: Examples): ReadonlyArray<Float32Array> => {
  if (state.probed?.probe !== probe) state.probed = { probe, grams: Net.grams(net, state.reference.units, probe) }
  return state.probed.grams
}

/** Checkpoints. */
const keeping = (net: Net.Net, state: State.State, { folder }: Options): Pick<Service, "save" | "restore"> => ({
  save: Running.billed("save", () => State.saveServing(net, state, folder)),
  restore: Effect.fnUntraced(function* (checkpoint) {
    yield* drop(state)
    return yield* Running.billed("load", () => State.restore(net, state, folder, checkpoint))
  })
})

const freeze = (net: Net.Net, state: State.State, units: ReadonlyArray<boolean>) => {
  if (units.length !== net.model.units.length)
    return Effect.die(new Error(`a mask of ${units.length} units for a model of ${net.model.units.length}`))
  if (state.running !== undefined) return state.running.freeze(units)
  return Effect.sync(() => State.freeze(state, Round.onlyBody(units)))
}

const watch = (state: State.State, what: Watched) =>
  Effect.suspend(() => {
    state.watching = what
    return state.running?.watch(what) ?? Effect.void
  })

const begin = Effect.fnUntraced(function* (
  net: Net.Net,
  state: State.State,
  options: Options,
  threads: number,
  samples: Examples
) {
  yield* drop(state)
  const { recipe } = state
  const fresh = Labels.labelled(samples)
  const chosen = yield* choose(net, state, fresh)
  const others = Recipe.isSelfSupervised(recipe) ? [Labels.unlabelled(samples)] : []
  const learnt = Labels.concat([chosen.value, ...others], samples.shape)
  const { value: running, costs } = yield* start(net, state, options, threads, learnt)
  state.running = running
  if (state.watching !== "nothing") yield* running.watch(state.watching)
  yield* Effect.addFinalizer(() => (state.running === running ? drop(state) : Effect.void))
  const ended = finish(net, state, options, running, () => State.keep(state, recipe, fresh))
  const round: LearnerRound = { steps: running.steps, step: running.step, finish: ended }
  return { value: round, costs: [...chosen.costs, ...costs] }
})

/** The share of the samples that the round learns; to judge them all costs a pass of the serving model. */
const choose = (net: Net.Net, { recipe, serving }: State.State, samples: Examples) =>
  recipe.share === undefined || recipe.share === 1
    ? Effect.succeed(Ledger.metered(samples))
    : Running.billed("validation", () => Hardest.select(net, serving.units, serving.learned.seen, samples, recipe))

const start = Effect.fnUntraced(function* (
  net: Net.Net,
  state: State.State,
  { folder, model, training, rounds, seed }: Options,
  threads: number,
  samples: Examples
) {
  const { learned } = state.serving
  const { value: stored, costs } = yield* Running.billed("load", () => State.stored(net, state, folder, seed))
  const how = { recipe: state.recipe, stored }
  if (rounds === "warm") {
    const warm = yield* Running.warm(net, training, learned, samples, how, () => State.record(net, state, folder))
    return { value: warm.value, costs: [...costs, ...warm.costs] }
  }
  const saved = yield* Running.billed("save", () => State.saveServing(net, state, folder))
  const checkpoint = join(folder, saved.value)
  const { frozen } = learned
  const cold = yield* Running.cold(net, { model, training, threads, checkpoint, frozen, samples, how })
  return { value: cold.value, costs: [...costs, ...saved.costs, ...cold.costs] }
})

const finish = Effect.fnUntraced(function* (
  net: Net.Net,
  state: State.State,
  { folder }: Options,
  running: Running.Running,
  keep: () => void
) {
  if (state.running !== running) return yield* Effect.die(new Error("finish of a round that has ended"))
  const name = Checkpoint.name(state.saves + 1)
  const { value: learned, costs } = yield* running.finish(join(folder, name))
  state.running = undefined
  state.saves += 1
  State.prune(state, folder)
  const swapped = yield* Running.billed("load", () => State.swap(net, state, learned, name))
  keep()
  const refitted = state.fast === undefined ? [] : (yield* Running.billed("head", () => State.refit(net, state))).costs
  const beside = yield* Running.billed("save", () => State.saveBeside(net, state, folder, name))
  return { value: name, costs: [...costs, ...swapped.costs, ...refitted, ...beside.costs] }
})

const drop = (state: State.State): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { running } = state
    state.running = undefined
    return running?.drop ?? Effect.void
  })

/** Momentum starts anew afterwards: it belongs to other data. */
const pretrain = (
  net: Net.Net,
  state: State.State,
  { training }: Options,
  examples: Examples,
  epochs: number
): void => {
  const round = Round.begin(net, { ...training, epochs }, state.serving.learned, examples)
  for (let i = 0; i < round.steps; i++) round.step()
  round.release(true)
  const learned = round.learned()
  Weights.release(learned.slots)
  State.swap(net, state, learned, undefined)
  State.refer(net, state)
  state.deployed = Adapting.start({ net, units: state.serving.units }, examples)
}

/** Of the serving weights, and of the fast head where one is at work. */
const digest = ({ serving, fast }: State.State): string => {
  const hash = createHash("sha256")
  const arrays = [...Weights.toArrays(serving.learned.weights), ...(fast === undefined ? [] : Adapting.numbers(fast))]
  for (const [name, { values }] of arrays) hash.update(name).update(values)
  return hash.digest("hex")
}

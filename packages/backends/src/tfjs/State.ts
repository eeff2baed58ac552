/** What a resident learner holds: the model that serves, the reference model, and which checkpoint holds them. */
import { rmSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Watched } from "@edgeol/core/Decision"
import type { Examples } from "@edgeol/core/Examples"
import * as Samples from "@edgeol/core/Examples"
import { LearnerError } from "@edgeol/core/Learner"
import type { Recipe } from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import * as Adapting from "./Adapting.ts"
import * as Checkpoint from "./Checkpoint.ts"
import * as Learned from "./Learned.ts"
import * as Model from "./Model.ts"
import type * as Net from "./Net.ts"
import type * as Running from "./Running.ts"
import * as Store from "./Store.ts"
import * as Watch from "./Watch.ts"
import * as Weights from "./Weights.ts"

/** A model that answers: what it learnt and its folded form. */
export interface Serving {
  readonly learned: Learned.Learned
  readonly units: Model.FoldedUnits
}

export interface State {
  serving: Serving
  /** The model that `probe` compares with. */
  reference: Serving
  /** SHA-256 of the reference's file, once it is saved. */
  referenceDigest: string
  /** The reference model rounded to 8 bits, once it is asked for. */
  rounded: Model.FoldedUnits | undefined
  /** Reference activations of the last probe. */
  probed: { readonly probe: Examples; readonly grams: ReadonlyArray<Float32Array> } | undefined
  /** Checkpoints saved so far, and the name of the one that holds `serving`, if there is one. */
  saves: number
  saved: string | undefined
  running: Running.Running | undefined
  /** What steps are watched for. */
  watching: Watched
  /** How rounds train. */
  recipe: Recipe
  /** What replay draws from, once it is asked for. */
  store: Store.Store | undefined
  /** The fast head as it is deployed, until it is saved with the reference; and the one at work. */
  deployed: Adapting.Fast | undefined
  fast: Adapting.Fast | undefined
}

export const serve = (net: Net.Net, learned: Learned.Learned): Serving => ({
  learned,
  units: Model.fold(net.tf, net.ops, net.model, learned.weights)
})

export const retire = ({ learned, units }: Serving): void => {
  Learned.release(learned)
  Model.release(units)
}

export interface Start {
  readonly seed: number
  readonly initial?: Weights.Arrays
}

export const open = (net: Net.Net, { seed, initial }: Start): State => {
  const { tf, model } = net
  const random = Model.initial(model, seed)
  const fits = (name: string, own: Weights.Values) => initial?.get(name)?.shape.join() === own.shape.join()
  const start = new Map([...random].map(([name, own]) => [name, fits(name, own) ? initial!.get(name)! : own]))
  const learned: Learned.Learned = {
    weights: Weights.fromArrays(tf, start),
    slots: new Map(),
    seen: Array.from({ length: model.classes }, () => false),
    frozen: model.units.map(() => false),
    iteration: 0,
    rng: Rng.named(seed, "minibatches").state()
  }
  return {
    serving: serve(net, learned),
    reference: serve(net, Learned.copy(tf, learned)),
    referenceDigest: "",
    rounded: undefined,
    probed: undefined,
    saves: 0,
    saved: undefined,
    running: undefined,
    watching: "nothing",
    recipe: {},
    store: undefined,
    deployed: undefined,
    fast: undefined
  }
}

export const close = (state: State): void => {
  retire(state.serving)
  retireReference(state)
}

const referenceFile = "reference.safetensors"

/** What a checkpoint says beside what was learnt; saves the reference model before the first. */
export const record = (net: Net.Net, state: State, folder: string) => {
  if (state.referenceDigest === "") {
    const { learned } = state.reference
    state.referenceDigest = Checkpoint.write(join(folder, referenceFile), net.model, {
      learned,
      saves: 0,
      reference: ""
    })
    if (state.deployed !== undefined) Adapting.save(folder, referenceFile, net.model, state.deployed)
    state.deployed = undefined
  }
  return { saves: state.saves + 1, reference: state.referenceDigest }
}

export const saveServing = (net: Net.Net, state: State, folder: string): string => {
  if (state.saved !== undefined) return state.saved
  const name = Checkpoint.name(state.saves + 1)
  Checkpoint.write(join(folder, name), net.model, { learned: state.serving.learned, ...record(net, state, folder) })
  saveBeside(net, state, folder, name)
  state.saves += 1
  state.saved = name
  prune(state, folder)
  return name
}

/** What goes with a checkpoint in files of its own. */
export const saveBeside = (net: Net.Net, { fast, store }: State, folder: string, name: string): void => {
  if (fast !== undefined) Adapting.save(folder, name, net.model, fast)
  if (store !== undefined) Store.save(folder, name, store)
}

/** Removes the checkpoint before the last `kept` ones. */
export const prune = (state: State, folder: string): void => {
  const old = Checkpoint.name(state.saves - kept)
  rmSync(join(folder, old), { force: true })
  Adapting.remove(folder, old)
  Store.remove(folder, old)
}

/** Whoever resumes goes back to the last or, killed before it noted that, the one before. */
const kept = 4

export const swap = (net: Net.Net, state: State, learned: Learned.Learned, name: string | undefined): void => {
  retire(state.serving)
  state.serving = serve(net, learned)
  state.saved = name
}

/** Goes back to a checkpoint of this folder, and to its reference model. */
export const restore = (net: Net.Net, state: State, folder: string, name: string): void => {
  const store = Store.restore(resolve(folder), name, net.model.shape)
  const { learned, saves, reference } = Checkpoint.read(resolve(folder, name), net.tf, net.model)
  if (reference !== state.referenceDigest) restoreReference(net, state, resolve(folder, referenceFile), reference)
  swap(net, state, learned, name)
  state.fast = Adapting.restore(resolve(folder), name, { net, units: state.serving.units })
  state.store = store
  state.saves = saves
}

const retireReference = (state: State): void => {
  retire(state.reference)
  Model.release(state.rounded ?? [])
  state.rounded = undefined
}

/** The reference model with its kernels rounded to 8 bits, each tensor to its own 255 steps. */
export const roundedReference = ({ tf, ops, model }: Net.Net, state: State): Model.FoldedUnits => {
  if (state.rounded !== undefined) return state.rounded
  const kinds = Model.kinds(model)
  const arrays = [...Weights.toArrays(state.reference.learned.weights)]
  const weights = Weights.fromArrays(
    tf,
    new Map(arrays.map(([name, own]) => [name, Watch.counts(kinds.get(name)!) ? eightBits(own) : own]))
  )
  state.rounded = Model.fold(tf, ops, model, weights)
  Weights.release(weights)
  return state.rounded
}

const eightBits = ({ shape, values }: Weights.Values): Weights.Values => {
  const step = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127
  return { shape, values: step === 0 ? values : values.map((value) => Math.round(value / step) * step) }
}

/** The head at work learns these; the one that was deployed, if none is yet, or else one that begins with them. */
export const adapt = (net: Net.Net, state: State, folder: string, fresh: Examples): number => {
  const body = { net, units: state.serving.units }
  state.saved = undefined
  state.fast ??= Adapting.restore(resolve(folder), referenceFile, body)
  if (state.fast !== undefined) return Adapting.learn(state.fast, body, fresh)
  state.fast = Adapting.start(body, fresh)
  return NaN
}

/**
 * Samples that the next round mixes in. The store begins with what is kept of those that the model was deployed with, and
 * holds what rounds with replay learnt since.
 */
export const stored = (net: Net.Net, state: State, folder: string, seed: number): Examples => {
  const { recipe, deployed } = state
  const { shape } = net.model
  if ((recipe.replay ?? 0) === 0) return Samples.empty(shape)
  const origin = () =>
    deployed?.samples.kept ?? Adapting.origin(resolve(folder), referenceFile, shape) ?? Samples.empty(shape)
  state.store = state.store === undefined ? Store.open(recipe, seed, origin()) : Store.fitted(state.store, recipe)
  return state.store.kept
}

/** A round with this recipe has learnt these. */
export const keep = (state: State, recipe: Recipe, samples: Examples): void => {
  if (state.store !== undefined && (recipe.replay ?? 0) > 0) state.store = Store.add(state.store, samples)
}

/** After a round: the head learns its samples again by the new features. */
export const refit = (net: Net.Net, state: State): void => {
  if (state.fast === undefined) return
  state.fast = Adapting.refit({ net, units: state.serving.units }, state.fast)
}

/** Makes the serving model the reference. */
export const refer = (net: Net.Net, state: State): void => {
  retireReference(state)
  state.reference = serve(net, Learned.copy(net.tf, state.serving.learned))
  state.referenceDigest = ""
  state.probed = undefined
}

/** Between rounds. */
export const freeze = (state: State, frozen: ReadonlyArray<boolean>): void => {
  state.serving = { ...state.serving, learned: { ...state.serving.learned, frozen } }
  state.saved = undefined
}

const restoreReference = (net: Net.Net, state: State, path: string, expected: string): void => {
  const { learned, digest } = Checkpoint.read(path, net.tf, net.model)
  if (digest !== expected) {
    Learned.release(learned)
    const message = `the reference model ${path} is not the one that the checkpoint was made with: restore both together`
    throw new LearnerError({ reason: "Checkpoint", message })
  }
  retireReference(state)
  state.reference = serve(net, learned)
  state.referenceDigest = digest
  state.probed = undefined
}

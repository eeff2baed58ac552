/**
 * Samples stored for replay, so that new rounds do not undo what old ones learnt: of each class as many of the newest, or
 * a uniform sample of all that was learnt (Vitter 1985, algorithm R; for continual learning, Chaudhry et al. 2019).
 */
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Examples from "@edgeol/core/Examples"
import { LearnerError } from "@edgeol/core/Learner"
import * as Recipe from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import * as Schema from "effect/Schema"
import * as Reservoir from "./Reservoir.ts"
import * as SamplesFile from "./SamplesFile.ts"

const Facts = Schema.Struct({
  kind: Schema.Literals(["balanced", "uniform"]),
  capacity: Schema.Int,
  /** Samples offered to it so far. */
  met: Schema.Int,
  /** Of what chance keeps. */
  seed: Schema.Number
})

export interface Store extends Schema.Schema.Type<typeof Facts> {
  readonly kept: Examples.Examples
}

/** As a recipe wants it, filled from these. */
export const open = (recipe: Recipe.Recipe, seed: number, from: Examples.Examples): Store => {
  const { store: kind, capacity } = { ...Recipe.defaults, ...recipe }
  return add({ kind, capacity, met: 0, seed, kept: Examples.empty(from.shape) }, from)
}

/** The same store, or one of another kind or capacity filled from it. */
export const fitted = (store: Store, recipe: Recipe.Recipe): Store => {
  const { store: kind, capacity } = { ...Recipe.defaults, ...recipe }
  if (kind === store.kind && capacity === store.capacity) return store
  return { ...open(recipe, store.seed, store.kept), met: store.met }
}

export const add = (store: Store, fresh: Examples.Examples): Store => {
  const { kept } = store.kind === "balanced" ? Reservoir.add(store, fresh) : { kept: sampled(store, fresh) }
  return { ...store, kept, met: store.met + fresh.count }
}

/** The n-th sample met takes a place of its own while there are any, then any place with probability `capacity / n`. */
const sampled = ({ capacity, kept, met, seed }: Store, fresh: Examples.Examples): Examples.Examples => {
  const places = Array.from({ length: kept.count }, (_, i) => i)
  for (let i = 0; i < fresh.count; i++) {
    const n = met + i + 1
    const place = places.length < capacity ? places.length : Rng.named(seed, `replay/${n}`).below(n)
    if (place < capacity) places[place] = kept.count + i
  }
  return Examples.take(Examples.concat([kept, fresh], kept.shape), places)
}

/** What it holds in memory and on disk, file headers aside. */
export const bytes = ({ kept }: Store): number => kept.inputs.byteLength + kept.labels.byteLength

/** The file that goes with a checkpoint. */
const file = (folder: string, checkpoint: string) =>
  join(folder, checkpoint.replace(/\.safetensors$/, ".replay.safetensors"))

/** Durably. Throws a `LearnerError`. */
export const save = (folder: string, checkpoint: string, { kept, kind, capacity, met, seed }: Store): void =>
  SamplesFile.write(file(folder, checkpoint), kept, { store: JSON.stringify({ kind, capacity, met, seed }) })

/** Undefined where the checkpoint has none. Throws a `LearnerError`. */
export const restore = (folder: string, checkpoint: string, shape: Examples.Examples["shape"]): Store | undefined => {
  const path = file(folder, checkpoint)
  if (!existsSync(path)) return undefined
  const { samples: kept, metadata } = SamplesFile.read(path, shape)
  try {
    return { ...Schema.decodeUnknownSync(Facts)(JSON.parse(metadata.store ?? "null")), kept }
  } catch {
    const message = `the samples ${path} do not say how they were chosen: restore an older checkpoint`
    throw new LearnerError({ reason: "Checkpoint", message })
  }
}

export const remove = (folder: string, checkpoint: string): void => rmSync(file(folder, checkpoint), { force: true })

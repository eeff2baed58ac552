/**
 * Activations of the frozen prefix by sample, kept over the epochs of a round: the prefix is in inference mode, so that a
 * sample's are the same in every epoch (as Egeria caches them; Wang et al. 2023, section 4.3).
 */
import type { Examples } from "@edgeol/core/Examples"
import type { Tensor } from "@tensorflow/tfjs-node"
import * as Model from "./Model.ts"
import * as Net from "./Net.ts"

export interface Latents {
  /** Units of the prefix. */
  readonly depth: number
  /** By sample, whether its row is known. */
  readonly known: Uint8Array
  /** Of one sample, once one is known. */
  shape: ReadonlyArray<number>
  rows: Float32Array
  /** The last minibatch's rows, written over by the next. */
  gathered: Float32Array
}

export const make = (depth: number, samples: number): Latents => ({
  depth,
  known: new Uint8Array(samples),
  shape: [],
  rows: new Float32Array(0),
  gathered: new Float32Array(0)
})

/** What the units behind the prefix get of these samples. It must be released before the next is made. */
export const input = (
  net: Net.Net,
  latents: Latents,
  units: Model.FoldedUnits,
  samples: Examples,
  positions: Int32Array
): Tensor => {
  const missing = positions.filter((position) => latents.known[position] === 0)
  if (missing.length > 0) learn(net, latents, units, samples, missing)
  const size = latents.rows.length / samples.count
  const length = positions.length * size
  if (latents.gathered.length < length) latents.gathered = new Float32Array(length)
  positions.forEach((position, i) => {
    latents.gathered.set(latents.rows.subarray(position * size, (position + 1) * size), i * size)
  })
  return net.tf.tensor(latents.gathered.subarray(0, length), [positions.length, ...latents.shape])
}

const learn = (
  net: Net.Net,
  latents: Latents,
  units: Model.FoldedUnits,
  samples: Examples,
  positions: Int32Array
): void => {
  net.tf.tidy(() => {
    const prefix = units.slice(0, latents.depth)
    const activation = Model.activations(prefix, Net.input(net, samples, positions)).at(-1)!
    const size = activation.size / positions.length
    if (latents.rows.length === 0) latents.rows = new Float32Array(samples.count * size)
    latents.shape = activation.shape.slice(1)
    const values = activation.dataSync<"float32">()
    positions.forEach((position, i) => {
      latents.rows.set(values.subarray(i * size, (i + 1) * size), position * size)
      latents.known[position] = 1
    })
  })
}

/** tfjs-node itself, once its addon is in place: start-up settings and the import. */
import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import util from "node:util"
import type * as Tfjs from "@tensorflow/tfjs-node"

export type Tf = typeof Tfjs

export interface Engine {
  readonly tf: Tf
  /** TensorFlow's own version, not that of tfjs. */
  readonly version: string
  /** Threads of TensorFlow's pools: with a fixed number, seeded training is bit-equal on one machine. */
  readonly threads: number
  readonly gpu: boolean
  /** Whether oneDNN kernels are on; they change results in the 7th digit. */
  readonly oneDnn: OneDnn
}

/** Threads that TensorFlow gets when nobody asks for a number: `TF_NUM_INTRAOP_THREADS`, else the cores we may use. */
export const defaultThreads = (): number => {
  const set = Number(process.env.TF_NUM_INTRAOP_THREADS)
  return Number.isInteger(set) && set > 0 ? set : availableParallelism()
}

/** `auto`: TensorFlow looks at the processor (on with AVX-512 VNNI and its like). */
export type OneDnn = "on" | "off" | "auto"

/** What `TF_ENABLE_ONEDNN_OPTS` asks for. */
export const oneDnn = (): OneDnn => {
  const set = process.env.TF_ENABLE_ONEDNN_OPTS
  return set === undefined || set === "" ? "auto" : /^(1|true)$/i.test(set) ? "on" : "off"
}

/** Loads tfjs-node; throws what its loader throws. TensorFlow reads the environment once, at this moment. */
export const start = (threads: number): Engine => {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3"
  process.env.TF_NUM_INTRAOP_THREADS = `${threads}`
  process.env.TF_NUM_INTEROP_THREADS = `${threads}`
  restoreNodeUtil()
  const tf: Tf = createRequire(import.meta.url)("@tensorflow/tfjs-node")
  tf.enableProdMode()
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as Backend
  return { tf, threads, version: binding.TF_Version, gpu: isUsingGpuDevice, oneDnn: oneDnn() }
}

/** Trains one step of a convolution; throws unless it lowers the loss, NaN included. */
export const tryStep = ({ tf }: Engine): readonly [before: number, after: number] =>
  tf.tidy(() => {
    const filter = tf.variable(tf.ones<Tfjs.Rank.R4>([3, 3, 1, 2]))
    const images = tf.ones<Tfjs.Rank.R4>([2, 4, 4, 1])
    const loss = () => tf.mean<Tfjs.Scalar>(tf.square(tf.conv2d(images, filter as Tfjs.Tensor4D, 1, "same")))
    const before = tf.train.sgd(0.001).minimize(loss, true, [filter])?.dataSync()[0] ?? NaN
    const after = loss().dataSync()[0] ?? NaN
    filter.dispose()
    if (!(after < before)) throw new Error(`a training step moved the loss from ${before} to ${after}`)
    return [before, after] as const
  })

interface Backend {
  readonly binding: { readonly TF_Version: string }
  readonly isUsingGpuDevice: boolean
}

/** tfjs-node 4.22 calls a function that Node 23 removed (tensorflow/tfjs#8609). */
const restoreNodeUtil = (): void => {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean }
  old.isNullOrUndefined ??= (value) => value === null || value === undefined
}

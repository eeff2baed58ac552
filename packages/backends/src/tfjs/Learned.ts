/** All that learning has changed: what a checkpoint holds, and what a round works on a copy of. */
import type { State as RngState } from "@edgeol/core/Rng"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import * as Weights from "./Weights.ts"

export interface Learned {
  readonly weights: Weights.Weights
  /** Momentum by weight's name. */
  readonly slots: Weights.Weights
  /** By class, whether a label of it was learnt. */
  readonly seen: ReadonlyArray<boolean>
  /** By unit. */
  readonly frozen: ReadonlyArray<boolean>
  /** Optimiser steps so far. */
  readonly iteration: number
  /** The generator of minibatches. */
  readonly rng: RngState
}

export const copy = (tf: Tf, learned: Learned): Learned => ({
  ...learned,
  weights: Weights.copy(tf, learned.weights),
  slots: Weights.copy(tf, learned.slots)
})

export const release = ({ weights, slots }: Learned): void => {
  Weights.release(weights)
  Weights.release(slots)
}

/** Classes that answers may be of: those seen, or all before anything was learnt. */
export const answers = (seen: ReadonlyArray<boolean>): ReadonlyArray<boolean> =>
  seen.includes(true) ? seen : seen.map(() => true)

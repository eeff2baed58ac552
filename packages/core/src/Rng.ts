/** Named random streams. Each source of chance draws from its own, so changing one leaves the others' draws alone. */
import seedrandom from "seedrandom"
import * as Exact from "./Exact.ts"

/** Uniform numbers with a state that is plain JSON. */
export interface Rng {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** Uniform integer in [0, n). */
  readonly below: (n: number) => number
  /** Standard normal (the polar method of Marsaglia and Bray, 1964; one of the pair). */
  readonly normal: () => number
  /** Exponential with mean 1. */
  readonly exponential: () => number
  /** A permutation of 0..n-1 (Fisher and Yates). */
  readonly permutation: (n: number) => Int32Array
  readonly state: () => State
}

export type State = seedrandom.State.Alea

/** The stream called `name` under `seed`. Equal arguments give equal streams, on every machine. */
export const named = (seed: number, name: string): Rng => wrap(seedrandom.alea(`${seed}/${name}`, { state: true }))

/** Continues a stream from its recorded state. */
export const restore = (state: State): Rng => wrap(seedrandom.alea("", { state }))

const wrap = (generator: seedrandom.StatefulPRNG<State>): Rng => {
  const next = () => generator()
  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    normal() {
      for (;;) {
        const u = 2 * next() - 1
        const v = 2 * next() - 1
        const square = u * u + v * v
        if (square > 0 && square < 1) return u * Math.sqrt((-2 * Exact.log(square)) / square)
      }
    },
    exponential: () => -Exact.log(1 - next()),
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = below(i + 1)
        const kept = order[i]!
        order[i] = order[j]!
        order[j] = kept
      }
      return order
    },
    state: () => generator.state()
  }
}

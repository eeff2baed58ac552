/**
 * The shuffles of NumPy's legacy generator (`numpy.random.seed(n); numpy.random.shuffle(list)`), which the orders of
 * published benchmarks were drawn with: MT19937 (Matsumoto and Nishimura, 1998) and integers by masking and rejection.
 */

/** Gives a function that shuffles a list in place, each call going on where the last one stopped. */
export const make = (seed: number): ((list: Array<unknown>) => void) => {
  const next = twister(seed)
  return (list) => {
    for (let i = list.length - 1; i > 0; i--) {
      const j = below(next, i)
      const kept = list[i]!
      list[i] = list[j]!
      list[j] = kept
    }
  }
}

/** Uniform in 0 to `most`, inclusive. */
const below = (next: () => number, most: number): number => {
  const mask = 2 ** (32 - Math.clz32(most)) - 1
  for (;;) {
    const value = (next() & mask) >>> 0
    if (value <= most) return value
  }
}

const N = 624
const M = 397

const twister = (seed: number): (() => number) => {
  const state = new Uint32Array(N)
  state[0] = seed
  for (let i = 1; i < N; i++) {
    const before = state[i - 1]! ^ (state[i - 1]! >>> 30)
    state[i] = Math.imul(1_812_433_253, before) + i
  }
  let at = N
  return () => {
    if (at === N) {
      advance(state)
      at = 0
    }
    return temper(state[at++]!)
  }
}

const advance = (state: Uint32Array): void => {
  for (let i = 0; i < N; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff)
    state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ ((y & 1) === 1 ? 0x9908b0df : 0)
  }
}

const temper = (word: number): number => {
  let y = word ^ (word >>> 11)
  y ^= (y << 7) & 0x9d2c5680
  y ^= (y << 15) & 0xefc60000
  return (y ^ (y >>> 18)) >>> 0
}

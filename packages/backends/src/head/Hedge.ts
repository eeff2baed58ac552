/**
 * Weights over experts by their losses in [0, 1]. The mix's loss in a round is `Σ w_k ℓ_k` by the weights before it, and
 * over any sequence of rounds it stays within a bound of the best expert's; `regret` names each bound.
 */

export interface Weighting {
  /** Plain numbers: what `weights` and `update` need. */
  readonly initial: (experts: number) => Float64Array
  readonly weights: (state: Float64Array) => Float64Array
  readonly update: (state: Float64Array, losses: Float64Array) => Float64Array
}

/**
 * Fixed share (Herbster, Warmuth 1998; here as in Cesa-Bianchi, Lugosi 2006, section 5.2): `w ∝ w exp(-η ℓ)`, then each
 * gives the share away to all. A share of 0 is Hedge (Freund, Schapire 1997).
 */
export const fixedShare = (eta: number, share: number): Weighting => ({
  initial: (experts) => new Float64Array(experts).fill(1 / experts),
  weights: (state) => state,
  update: (state, losses) => {
    const least = losses.reduce((a, b) => Math.min(a, b), Infinity)
    const grown = state.map((weight, k) => weight * Math.exp(-eta * (losses[k]! - least)))
    const total = grown.reduce((sum, weight) => sum + weight, 0)
    return grown.map((weight) => ((1 - share) * weight) / total + share / state.length)
  }
})

/**
 * The mix's loss less that of the best sequence of experts with so many switches is at most
 * `(ln K + s ln (K / share) + (T - s - 1) ln (1 / (1 - share))) / η + η T / 8` (Cesa-Bianchi, Lugosi 2006, theorem 5.2).
 */
export const fixedShareRegret = (
  eta: number,
  share: number,
  experts: number,
  rounds: number,
  switches: number
): number =>
  (Math.log(experts) +
    (switches === 0 ? 0 : switches * Math.log(experts / share)) -
    Math.max(0, rounds - switches - 1) * Math.log(1 - share)) /
    eta +
  (eta * rounds) / 8

/**
 * AdaHedge (de Rooij, van Erven, Grünwald, Koolen 2014, figure 1): `η = ln K / Δ`, `Δ` being what the mix has lost beyond
 * the mix in the exponent so far. State: each expert's loss, then `Δ`.
 */
export const adaHedge: Weighting = {
  initial: (experts) => new Float64Array(experts + 1),
  weights: (state) => exponential(state).weights,
  update: (state, losses) => {
    const { eta, weights } = exponential(state)
    const expected = weights.reduce((sum, weight, k) => sum + weight * losses[k]!, 0)
    const mixed = mixLoss(weights, losses, eta)
    const gap = Math.max(0, expected - mixed)
    return state.map((value, k) => (k < losses.length ? value + losses[k]! : value + gap))
  }
}

/** `√(T ln K) + 4/3 ln K + 2` for losses in [0, 1] (the same, theorem 8 with its bound on the variance). */
export const adaHedgeRegret = (experts: number, rounds: number): number =>
  Math.sqrt(rounds * Math.log(experts)) + (4 / 3) * Math.log(experts) + 2

const exponential = (state: Float64Array) => {
  const losses = state.subarray(0, -1)
  const gap = state.at(-1)!
  const eta = gap > 0 ? Math.log(losses.length) / gap : Infinity
  const least = losses.reduce((a, b) => Math.min(a, b), Infinity)
  const raw = losses.map((loss) => (loss === least ? 1 : Math.exp(-eta * (loss - least))))
  const total = raw.reduce((sum, weight) => sum + weight, 0)
  return { eta, weights: raw.map((weight) => weight / total) }
}

/** `-1/η ln Σ w exp(-η ℓ)`; for an infinite η the least loss that has weight. */
const mixLoss = (weights: Float64Array, losses: Float64Array, eta: number): number => {
  const least = losses.reduce((low, loss, k) => (weights[k]! > 0 ? Math.min(low, loss) : low), Infinity)
  if (eta === Infinity) return least
  const sum = weights.reduce(
    (total, weight, k) => (weight > 0 ? total + weight * Math.exp(-eta * (losses[k]! - least)) : total),
    0
  )
  return least - Math.log(sum) / eta
}

/**
 * Similarity-preserving loss (Tung and Mori, ICCV 2019, eq. 4): `||G - R||_F^2 / b^2` of two representations of the same
 * `b` inputs, with `G`, `R` their Gram matrices with rows scaled to length 1. Egeria's plasticity.
 */
import type { Gram } from "./Cka.ts"

export const loss = (g: Gram, r: Gram): number => {
  const b = Math.sqrt(g.length)
  let squares = 0
  for (let row = 0; row < b; row++) {
    const [gScale, rScale] = [length(g, row, b), length(r, row, b)]
    for (let i = row * b; i < (row + 1) * b; i++) squares += (g[i]! / gScale - r[i]! / rScale) ** 2
  }
  return squares / b ** 2
}

/** 1 for a row of zeros, which stays one. */
const length = (gram: Gram, row: number, b: number): number => {
  let squares = 0
  for (let i = row * b; i < (row + 1) * b; i++) squares += gram[i]! ** 2
  return Math.sqrt(squares) || 1
}

/** Probabilities from logits. */

/** Into `out`, which may be `logits` itself; all zero where no logit is finite. Gives the log of the sum of exponentials. */
export const probabilities = (logits: Float64Array, out: Float64Array, sharpness = 1): number => {
  let highest = -Infinity
  for (let c = 0; c < logits.length; c++) if (logits[c]! > highest) highest = logits[c]!
  if (highest === -Infinity) {
    out.fill(0)
    return -Infinity
  }
  let sum = 0
  for (let c = 0; c < logits.length; c++) {
    const value = Math.exp(sharpness * (logits[c]! - highest))
    out[c] = value
    sum += value
  }
  for (let c = 0; c < out.length; c++) out[c] = out[c]! / sum
  return sharpness * highest + Math.log(sum)
}

/** What logits say: answers, their energy and confidence, and how good they are. Plain arrays, rows of `classes` numbers. */
import type { Prediction, Validation } from "@edgeol/core/Learner"

/**
 * Per row the best class, the free energy `-logsumexp` (Liu et al. 2020, eq. 4, T = 1) and the largest softmax
 * probability. Classes not seen take no part.
 */
export const predict = (logits: Float32Array, seen: ReadonlyArray<boolean>): Prediction => {
  const classes = seen.length
  const count = logits.length / classes
  const labels = new Int32Array(count)
  const energy = new Float32Array(count)
  const confidence = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    const best = largest(row, seen)
    const sum = exponentials(row, seen, row[best]!)
    labels[i] = best
    energy[i] = -(row[best]! + Math.log(sum))
    confidence[i] = 1 / sum
  }
  return { labels, energy, confidence }
}

/** Accuracy, mean cross entropy and the energy's mean and deviation. A true class not seen yet counts by its logit. */
export const validate = (logits: Float32Array, truth: Int32Array, seen: ReadonlyArray<boolean>): Validation => {
  const { labels, energy } = predict(logits, seen)
  const n = truth.length
  let [right, loss, sum, squares] = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    right += labels[i] === truth[i] ? 1 : 0
    loss += lossOf(logits, i, truth[i]!, seen, energy[i]!)
    sum += energy[i]!
  }
  const energyMean = sum / n
  for (let i = 0; i < n; i++) squares += (energy[i]! - energyMean) ** 2
  return { accuracy: right / n, loss: loss / n, energyMean, energyDeviation: Math.sqrt(squares / n) }
}

/** Cross entropy of each row. */
export const losses = (logits: Float32Array, truth: Int32Array, seen: ReadonlyArray<boolean>): Float32Array => {
  const { energy } = predict(logits, seen)
  return Float32Array.from(truth, (label, i) => lossOf(logits, i, label, seen, energy[i]!))
}

const lossOf = (
  logits: Float32Array,
  row: number,
  label: number,
  seen: ReadonlyArray<boolean>,
  free: number
): number => {
  const own = logits[row * seen.length + label]!
  return seen[label] === true ? -free - own : Math.log(Math.exp(-free) + Math.exp(own)) - own
}

const largest = (row: Float32Array, seen: ReadonlyArray<boolean>): number => {
  let best = -1
  for (let c = 0; c < row.length; c++) if (seen[c] === true && (best < 0 || row[c]! > row[best]!)) best = c
  return best
}

const exponentials = (row: Float32Array, seen: ReadonlyArray<boolean>, highest: number): number => {
  let sum = 0
  for (let c = 0; c < row.length; c++) if (seen[c] === true) sum += Math.exp(row[c]! - highest)
  return sum
}

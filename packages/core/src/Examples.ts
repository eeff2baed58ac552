/** Labelled images as engines and files both understand them: plain typed arrays. */

/** `count` images in one block, bytes 0-255, NHWC; `labels` has one class index per image, or `unknown`. */
export interface Examples {
  readonly count: number
  /** Height, width, channels. */
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly inputs: Uint8Array
  readonly labels: Int32Array
}

/** The label of an image whose class nobody said. */
export const unknown = -1

export const empty = (shape: Examples["shape"]): Examples => ({
  count: 0,
  shape,
  inputs: new Uint8Array(0),
  labels: new Int32Array(0)
})

/** One after the other. All must have the shape of the first. */
export const concat = (parts: ReadonlyArray<Examples>, shape: Examples["shape"]): Examples => {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const size = shape[0] * shape[1] * shape[2]
  const inputs = new Uint8Array(count * size)
  const labels = new Int32Array(count)
  let at = 0
  for (const part of parts) {
    inputs.set(part.inputs, at * size)
    labels.set(part.labels, at)
    at += part.count
  }
  return { count, shape, inputs, labels }
}

/** The examples at these positions, in this order. */
export const take = (examples: Examples, positions: ArrayLike<number>): Examples => {
  const [height, width, channels] = examples.shape
  const size = height * width * channels
  const inputs = new Uint8Array(positions.length * size)
  const labels = new Int32Array(positions.length)
  for (let i = 0; i < positions.length; i++) {
    const from = positions[i]!
    inputs.set(examples.inputs.subarray(from * size, (from + 1) * size), i * size)
    labels[i] = examples.labels[from]!
  }
  return { count: positions.length, shape: examples.shape, inputs, labels }
}

/** Those whose label is known; the same object where all are, so that who keeps it by identity still does. */
export const labelled = (examples: Examples): Examples =>
  examples.labels.includes(unknown) ? take(examples, places(examples, true)) : examples

/** The others. */
export const unlabelled = (examples: Examples): Examples => take(examples, places(examples, false))

const places = ({ labels }: Examples, known: boolean): ReadonlyArray<number> =>
  Array.from(labels.keys()).filter((i) => (labels[i] !== unknown) === known)

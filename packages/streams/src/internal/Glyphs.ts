/** Signs as signed distance functions: a plate, and a glyph on it. Local coordinates: the plate's radius is 1, y points down. */

/** Signed distance to the outline, negative inside. */
export type Distance = (x: number, y: number) => number

const disc: Distance = (x, y) => Math.sqrt(x * x + y * y) - 0.95

/** A regular polygon with one corner turned to `phase`; `inner` is the radius of the circle inside. */
const polygon = (sides: number, phase: number, inner: number): Distance => {
  const angles = Array.from({ length: sides }, (_, k) => phase + (Math.PI * (2 * k + 1)) / sides)
  const nx = Float64Array.from(angles, Math.cos)
  const ny = Float64Array.from(angles, Math.sin)
  return (x, y) => {
    let most = -Infinity
    for (let k = 0; k < nx.length; k++) most = Math.max(most, nx[k]! * x + ny[k]! * y)
    return most - inner
  }
}

/** Strokes of one width; a stroke without length is a dot. Distance to a segment after Quilez (2008). */
const strokes = (
  halfWidth: number,
  ...segments: ReadonlyArray<readonly [number, number, number, number]>
): Distance => {
  const flat = Float64Array.from(segments.flat())
  return (x, y) => {
    let least = Infinity
    for (let i = 0; i < flat.length; i += 4) least = Math.min(least, toSegment(flat, i, x, y))
    return Math.sqrt(least) - halfWidth
  }
}

/** Squared distance to the segment stored at `i`. */
const toSegment = (flat: Float64Array, i: number, x: number, y: number): number => {
  const ax = x - flat[i]!
  const ay = y - flat[i + 1]!
  const bx = flat[i + 2]! - flat[i]!
  const by = flat[i + 3]! - flat[i + 1]!
  const length = bx * bx + by * by
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, (ax * bx + ay * by) / length))
  const dx = ax - t * bx
  const dy = ay - t * by
  return dx * dx + dy * dy
}

const ring: Distance = (x, y) => Math.abs(Math.sqrt(x * x + y * y) - 0.38) - 0.14

export const plates: Readonly<Record<string, Distance>> = {
  disc,
  square: polygon(4, Math.PI / 4, 0.82),
  triangle: polygon(3, -Math.PI / 2, 0.62),
  diamond: polygon(4, 0, 0.76)
}

export const glyphs: Readonly<Record<string, Distance>> = {
  bar: strokes(0.17, [-0.45, 0.08, 0.45, 0.08]),
  cross: strokes(0.14, [-0.4, 0, 0.4, 0], [0, -0.4, 0, 0.4]),
  ring,
  chevron: strokes(0.14, [-0.4, 0.28, 0, -0.2], [0, -0.2, 0.4, 0.28]),
  dots: strokes(0.2, [-0.34, 0.1, -0.34, 0.1], [0.34, 0.1, 0.34, 0.1]),
  tee: strokes(0.14, [-0.4, -0.25, 0.4, -0.25], [0, -0.25, 0, 0.42]),
  slash: strokes(0.15, [-0.3, 0.36, 0.3, -0.36]),
  corner: strokes(0.14, [-0.28, -0.36, -0.28, 0.3], [-0.28, 0.3, 0.36, 0.3])
}

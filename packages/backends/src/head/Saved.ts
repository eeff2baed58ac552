/** Parts of a head's state as plain numbers. */
import type { State } from "./Head.ts"
import type { InverseRoot } from "./InverseRoot.ts"

export const values = (state: State, name: string): Float64Array => {
  const found = state[name]
  if (found === undefined) throw new Error(`the saved head lacks ${name}: it is of another kind`)
  return found.slice()
}

/** The triangle, row by row, without its zeros; the ridge; the coordinate that is next, those due, the weight. */
export const fromInverse = (name: string, { size, root, ridge, next, due, weight }: InverseRoot): State => {
  const triangle = new Float64Array((size * (size + 1)) / 2)
  for (let i = 0; i < size; i++) triangle.set(root.subarray(i * size, i * size + i + 1), (i * (i + 1)) / 2)
  return {
    [`${name}/root`]: triangle,
    [`${name}/ridge`]: ridge.slice(),
    [`${name}/at`]: Float64Array.of(next, due, weight)
  }
}

export const inverse = (state: State, name: string, size: number): InverseRoot => {
  const triangle = values(state, `${name}/root`)
  const ridge = values(state, `${name}/ridge`)
  const [next = 0, due = 0, weight = 0] = values(state, `${name}/at`)
  if (ridge.length !== size)
    throw new Error(`the saved head is for ${ridge.length} features and this one for ${size}: start it anew`)
  const root = new Float64Array((size + (size % 2)) * size)
  for (let i = 0; i < size; i++) root.set(triangle.subarray((i * (i + 1)) / 2, ((i + 1) * (i + 2)) / 2), i * size)
  return { size, root, ridge, next, due, weight }
}

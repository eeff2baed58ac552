/** Plain data: what JSON can hold, compared and copied by value. */

/** Where a value stops being finite JSON, as `state.doubtful` and what stands there; `undefined` if nowhere. */
export const flaw = (value: unknown, path: string): { readonly path: string; readonly what: string } | undefined => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined
  if (typeof value === "number") return Number.isFinite(value) ? undefined : { path, what: String(value) }
  if (Array.isArray(value)) return first([...value.keys()], (i) => flaw(value[i], `${path}[${i}]`))
  if (typeof value !== "object") return { path, what: kind(value) }
  if (!isRecord(value)) return { path, what: kind(value) }
  return first(Object.entries(value), ([key, inner]) => flaw(inner, `${path}.${key}`))
}

/** An object that is only its fields. */
const isRecord = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const kind = (value: unknown): string =>
  value === undefined ? "undefined" : typeof value === "object" ? `a ${value?.constructor?.name}` : `a ${typeof value}`

const first = <A, B>(values: ReadonlyArray<A>, find: (value: A) => B | undefined): B | undefined => {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** Where two values differ, as `state.waiting`; `undefined` if they are equal. NaN equals NaN. */
export const difference = (a: unknown, b: unknown, path: string): string | undefined => {
  if (a === b || Object.is(a, b)) return undefined
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path
  if (Array.isArray(a) !== Array.isArray(b)) return path
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return first([...new Set([...Object.keys(a), ...Object.keys(b)])], (key) =>
    difference(left[key], right[key], Array.isArray(a) ? `${path}[${key}]` : `${path}.${key}`)
  )
}

export const equal = (a: unknown, b: unknown): boolean => difference(a, b, "") === undefined

/** A copy that shares nothing but what is not plain data. Unlike a trip through JSON it keeps NaN. */
export const copy = <A>(value: A): A => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(copy) as A
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)])) as A
}

/** The value, which from now on refuses every change, to the last level. */
export const freeze = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

/** There and back: what a journal would give. */
export const roundTrip = <A>(value: A): A => JSON.parse(JSON.stringify(value)) as A

/** Catches calls that a pure function must not make: for the time of a call, chance and clocks are watched. */

/** What was called, and its pure substitute. */
export interface Call {
  readonly name: string
  readonly instead: string
}

const chance = "draw from a stream of Rng whose state is in the policy's state"
const time = "time is observation.at"

/** Objects and methods that are watched. */
const watched: ReadonlyArray<readonly [on: any, method: string, name: string, instead: string]> = [
  [Math, "random", "Math.random", chance],
  [globalThis.crypto, "getRandomValues", "crypto.getRandomValues", chance],
  [globalThis.crypto, "randomUUID", "crypto.randomUUID", chance],
  [globalThis.performance, "now", "performance.now", time],
  [globalThis.process, "hrtime", "process.hrtime", time],
  [globalThis.process?.hrtime, "bigint", "process.hrtime.bigint", time]
]

/** Runs `act` and gives its result with the first impure call it made. Everything is as it was afterwards. */
export const watch = <A>(act: () => A): readonly [result: A, call: Call | undefined] => {
  let call: Call | undefined
  const note = (name: string, instead: string) => void (call ??= { name, instead })
  const restore = [...watched.map((of) => replace(...of, note)), replaceDate(note)]
  try {
    const result = act()
    return [result, call]
  } finally {
    restore.toReversed().forEach((back) => back())
  }
}

type Note = (name: string, instead: string) => void

/** Puts a noting method before the real one; gives the way back. */
const replace = (on: any, method: string, name: string, instead: string, note: Note): (() => void) => {
  const own = on === undefined ? undefined : Object.getOwnPropertyDescriptor(on, method)
  const original = on?.[method]
  if (typeof original !== "function") return () => undefined
  const noting = (...parameters: ReadonlyArray<unknown>) => {
    note(name, instead)
    return original.apply(on, parameters)
  }
  Object.defineProperty(on, method, { configurable: true, writable: true, value: Object.assign(noting, original) })
  return () => (own === undefined ? Reflect.deleteProperty(on, method) : Object.defineProperty(on, method, own))
}

/** `new Date(number)` is pure; `new Date()`, `Date()` and `Date.now()` read the clock. */
const replaceDate = (note: Note): (() => void) => {
  const original = globalThis.Date
  globalThis.Date = new Proxy(original, {
    construct: (target, parameters, of) => {
      if (parameters.length === 0) note("new Date()", time)
      return Reflect.construct(target, parameters, of)
    },
    apply: (target, self, parameters) => {
      note("Date()", time)
      return Reflect.apply(target, self, parameters)
    },
    get: (target, key) => {
      if (key === "now") note("Date.now", time)
      return Reflect.get(target, key)
    }
  })
  return () => {
    globalThis.Date = original
  }
}

/** Policies as people write them: `name`, `name:value`, `name:field=value,outer.inner=value`, and parts joined by `+`. */
import * as Policy from "../Policy.ts"

/** The parts of a specification. A plus before a digit belongs to a number. */
export const parts = (specification: string): ReadonlyArray<readonly [name: string, rest: string | undefined]> =>
  specification.split(/\+(?!\d)/).map((part) => {
    const [name = "", rest] = part.split(/:(.*)/s)
    return [name, rest]
  })

/** The configuration that a part writes out; `short` is the field that a bare value sets. */
export const fields = (text: string | undefined, short: string | undefined, name: string): Fields => {
  if (text === undefined) return {}
  const config = none()
  for (const part of text.split(",")) {
    const [path = "", value = ""] = part.includes("=") ? part.split(/=(.*)/s) : [short ?? part, part]
    assign(config, path.split("."), scalar(value), name)
  }
  return config
}

type Fields = Record<string, unknown>

/** Without a prototype, so that a field called `__proto__` is only a field. */
const none = (): Fields => Object.create(null) as Fields

const assign = (target: Fields, [key = "", ...inner]: ReadonlyArray<string>, value: unknown, name: string): void => {
  if (inner.length === 0) {
    target[key] = value
    return
  }
  const nested = (target[key] ??= none())
  if (typeof nested === "object") return assign(nested as Fields, inner, value, name)
  throw new Policy.ConfigError({ message: `${name}: ${key} is a value and has no field "${inner[0]}".` })
}

/** A number or truth value where the text is one, else the text. */
const scalar = (text: string): unknown => {
  if (text === "true" || text === "false") return text === "true"
  const number = text.trim() === "" ? NaN : Number(text)
  return Number.isNaN(number) && text !== "NaN" ? text : number
}

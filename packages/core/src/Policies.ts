/** The policies by name, as the command line and files write them. */
import * as EdgeOL from "./policies/EdgeOL.ts"
import * as Immediate from "./policies/Immediate.ts"
import * as Never from "./policies/Never.ts"
import * as Periodic from "./policies/Periodic.ts"
import * as SimFreeze from "./policies/SimFreeze.ts"
import * as StaticPrefix from "./policies/StaticPrefix.ts"
import * as TuningFrequency from "./policies/TuningFrequency.ts"
import * as Policy from "./Policy.ts"

interface Named {
  readonly about: string
  /** The field that `name:value` sets. */
  readonly short?: string
  readonly make: (config: any) => Policy.Policy
}

export const all: Readonly<Record<string, Named>> = {
  never: { about: "answers with the initial model", make: Never.make },
  immediate: { about: "a round at every batch", make: Immediate.make },
  periodic: { about: "a round every k batches, periodic:k", short: "every", make: Periodic.make },
  frequency: {
    about: "EdgeOL's inter-tuning alone",
    make: (config) => EdgeOL.detect()(TuningFrequency.make(config))
  },
  freeze: {
    about: "EdgeOL's intra-tuning alone, a round at every batch",
    make: (config) => EdgeOL.detect()(Policy.both("freeze", Immediate.make(), SimFreeze.make(config)))
  },
  prefix: {
    about: "a round at every batch with the first k units frozen from the start, prefix:k",
    short: "units",
    make: (config) => Policy.both("prefix", Immediate.make(), StaticPrefix.make(config))
  },
  edgeol: { about: "inter- and intra-tuning with a change detector", make: EdgeOL.make }
}

/**
 * A policy from its specification: `name`, `name:value` or `name:field=value,outer.inner=value`.
 * Throws `ConfigError` with the names that exist.
 */
export const parse = (specification: string): Policy.Policy => {
  const [name = "", rest] = specification.split(/:(.*)/s)
  const named = Object.hasOwn(all, name) ? all[name] : undefined
  if (named === undefined) {
    throw new Policy.ConfigError({
      message: `There is no policy "${name}"; there are ${Object.keys(all).join(", ")}.`
    })
  }
  try {
    return { ...named.make(rest === undefined ? {} : fields(rest, named.short, name)), name: specification }
  } catch (error) {
    throw error instanceof Policy.ConfigError ? underName(name, error) : error
  }
}

/** A part of a policy complains by its own name; people know the one that they typed. */
const underName = (name: string, { message }: Policy.ConfigError) =>
  new Policy.ConfigError({ message: message.replace(/^[\w-]+:/, `${name}:`) })

const fields = (text: string, short: string | undefined, name: string): Fields => {
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

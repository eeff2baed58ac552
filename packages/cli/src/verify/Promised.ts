/** The promises that somebody asks a policy to keep: typed one by one, or from a file. */
import { readFileSync } from "node:fs"
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import { Effect, Option } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"

/** Those of the file, and over them those that are typed. */
export const read = Effect.fnUntraced(function* (typed: ReadonlyArray<string>, file: Option.Option<string>) {
  const written = Option.isNone(file) ? {} : yield* fromFile(file.value)
  const promises = yield* Effect.forEach(
    typed.flatMap((list) => list.split(",")),
    promise
  )
  const twice = promises.find(([name], i) => promises.findIndex(([other]) => other === name) < i)
  if (twice !== undefined) {
    return yield* new CliError({ message: `--promise names ${twice[0]} twice; give one bound for it.` })
  }
  return { ...written, ...Object.fromEntries(promises) } satisfies Envelope.Envelope
})

const fromFile = Effect.fnUntraced(function* (path: string) {
  const text = yield* Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; check the path.` })
  })
  return yield* Effect.mapError(
    Effect.fromResult(Yaml.read(Envelope.Envelope, text, path)),
    (message) => new CliError({ message })
  )
})

/** `latency=0.5`. */
const promise = (text: string): Effect.Effect<readonly [Envelope.Name, number], CliError> => {
  const [name = "", value = ""] = text.trim().split("=")
  const known = Envelope.names.find((one) => one === name)
  if (known === undefined) {
    return new CliError({ message: `There is no promise "${name}"; there are ${Envelope.names.join(", ")}.` })
  }
  const bound = value.trim() === "" ? NaN : Number(value)
  return bound >= 0 && bound < Infinity
    ? Effect.succeed([known, bound])
    : new CliError({
        message: `--promise ${text}: give the most that it may be, in ${Envelope.units[known]}, as ${name}=1.5.`
      })
}

/** Which runs an evaluation is made of, from a short YAML file. */
import { readFileSync } from "node:fs"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"

const Names = Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1))

const Plan = Schema.Struct({
  rounds: Schema.Literals(["warm", "cold"]),
  seeds: Schema.Array(Schema.Int).check(Schema.isMinLength(1)),
  streams: Names,
  /** The first is what others are compared with. */
  policies: Names
})
export type Plan = typeof Plan.Type

export const load = (file: string): Effect.Effect<Plan, CliError> =>
  Effect.gen(function* () {
    const text = yield* Effect.try({
      try: () => readFileSync(file, "utf8"),
      catch: (error) => new CliError({ message: `Cannot read ${file}: ${Files.reason(error)}; name a plan in YAML.` })
    })
    return yield* Effect.mapError(
      Effect.fromResult(Yaml.read(Plan, text, file)),
      (message) => new CliError({ message })
    )
  })

/** Recorded runs of an evaluation, one a line. */
import { existsSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import type { Activity } from "@edgeol/core/Ledger"
import { activities } from "@edgeol/core/Ledger"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"

/** What is recorded of the table that comes with the program. */
export const standard = fileURLToPath(new URL("../../../../results/evaluation.ndjson", import.meta.url))

const seconds = Object.fromEntries(activities.map((activity) => [activity, Schema.optionalKey(Schema.Finite)])) as {
  [A in Activity]: Schema.optionalKey<typeof Schema.Finite>
}

export const Run = Schema.Struct({
  /** `gtsrb32/ni@1`. */
  stream: Schema.String,
  model: Schema.String,
  policy: Schema.String,
  seed: Schema.Int,
  rounds: Schema.Literals(["warm", "cold"]),
  finished: Schema.Int,
  iterations: Schema.Int,
  requests: Schema.Int,
  /** Of fine-tuning: s, and J on the device of `meter`. */
  seconds: Schema.Finite,
  joules: Schema.Finite,
  meter: Schema.String,
  /** Shares: in the scenario of each request, and over all scenarios met by then. */
  accuracy: Schema.Finite,
  seen: Schema.NullOr(Schema.Finite),
  latencyP50: Schema.Finite,
  latencyP99: Schema.Finite,
  activities: Schema.Struct(seconds),
  /** SHA-256 of the weights at its end, and what made them. */
  weights: Schema.String,
  versions: Schema.Record(Schema.String, Schema.String)
})
export type Run = typeof Run.Type

/** One run of each. */
export const key = ({ stream, policy, seed, rounds }: Pick<Run, "stream" | "policy" | "seed" | "rounds">): string =>
  `${stream} ${policy} ${seed} ${rounds}`

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Run))

/** All recorded runs; none where there is no file. */
export const read = (file: string): Effect.Effect<ReadonlyArray<Run>, CliError> =>
  Effect.gen(function* () {
    const text = yield* Effect.try({
      try: () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
      catch: (error) =>
        new CliError({ message: `Cannot read ${file}: ${Files.reason(error)}; name another file with --results.` })
    })
    const lines = text.split("\n").filter((line) => line !== "")
    return yield* Effect.forEach(lines, (line, i) =>
      Effect.try({
        try: () => decode(line),
        catch: () =>
          new CliError({
            message: `${file}, line ${i + 1}: this is no run of this version of edgeol; remove the line and evaluate again.`
          })
      })
    )
  })

/** In an order that does not depend on which ended first. */
export const write = (file: string, runs: ReadonlyArray<Run>) =>
  Files.change(dirname(file), () => {
    const sorted = runs.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    Files.replace(file, sorted.map((run) => `${JSON.stringify(run)}\n`).join(""))
  })

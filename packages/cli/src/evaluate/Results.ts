/** Recorded runs of an evaluation, one a line, and what they come to. */
import { existsSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import type { Activity } from "@edgeol/core/Ledger"
import { activities } from "@edgeol/core/Ledger"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Comparison from "../Comparison.ts"
import * as Files from "../Files.ts"
import type { Plan } from "./Plan.ts"

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
  /** SHA-256 of the tape and of the weights at its end; what made them. */
  tape: Schema.String,
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
  Effect.suspend(() => {
    const lines = existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
      : []
    return Effect.forEach(lines, (line, i) =>
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

export interface Entry {
  readonly runs: number
  readonly rounds: number
  readonly seconds: number
  readonly joules: number
  readonly accuracy: number
  readonly seen: number | null
  /** Seconds and joules relative (-0.6: 60 % less), accuracies in shares of 1; 95 % intervals over paired seeds. */
  readonly deltaAgainstImmediate: {
    readonly seconds: Comparison.Interval
    readonly joules: Comparison.Interval
    readonly accuracy: Comparison.Interval
    readonly seen: Comparison.Interval
    /** As if the process stayed: without what starting one takes. */
    readonly warmSeconds: Comparison.Interval
  } | null
}

export type Summary = Readonly<Record<string, Readonly<Record<string, Entry>>>>

/** By stream, without its version, and policy; seeds that the reference has too. */
export const summarise = (
  runs: ReadonlyArray<Run>,
  { rounds, policies }: Pick<Plan, "rounds" | "policies">
): Summary => {
  const own = runs.filter((run) => run.rounds === rounds)
  const streams = [...new Set(own.map(({ stream }) => stream))].toSorted()
  return Object.fromEntries(
    streams.map((stream) => {
      const here = own.filter((run) => run.stream === stream)
      const names = policies.filter((policy) => here.some((run) => run.policy === policy))
      return [stream.replace(/@\d+$/, ""), Object.fromEntries(names.map((policy) => [policy, entry(here, policy)]))]
    })
  )
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

const entry = (runs: ReadonlyArray<Run>, policy: string): Entry => {
  const own = runs.filter((run) => run.policy === policy)
  const seen = own.flatMap((run) => (run.seen === null ? [] : [run.seen]))
  const pairs = own.flatMap((run) => {
    const other = runs.find(({ policy: name, seed }) => name === "immediate" && seed === run.seed)
    return other === undefined ? [] : [[run, other] as const]
  })
  const over = (of: (run: Run, other: Run) => number) =>
    Comparison.interval(pairs.map(([run, other]) => of(run, other)))
  return {
    runs: own.length,
    rounds: mean(own.map(({ finished }) => finished)),
    seconds: mean(own.map((run) => run.seconds)),
    joules: mean(own.map(({ joules }) => joules)),
    accuracy: mean(own.map(({ accuracy }) => accuracy)),
    seen: seen.length === 0 ? null : mean(seen),
    deltaAgainstImmediate:
      pairs.length === 0
        ? null
        : {
            seconds: over((run, other) => relative(run.seconds, other.seconds)),
            joules: over((run, other) => relative(run.joules, other.joules)),
            accuracy: over((run, other) => run.accuracy - other.accuracy),
            seen: over((run, other) => (run.seen ?? NaN) - (other.seen ?? NaN)),
            warmSeconds: over((run, other) => relative(warm(run), warm(other)))
          }
  }
}

const warm = (run: Run) => run.seconds - (run.activities.startUp ?? 0)

const relative = (own: number, other: number) => (own === other ? 0 : own / other - 1)

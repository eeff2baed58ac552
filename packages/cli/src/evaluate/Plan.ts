/** Which runs an evaluation is made of, from a short YAML file. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Policies from "@edgeol/core/Policies"
import { type Found, firstOf, problem } from "@edgeol/sim/scenario/Problem"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Result, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Summary from "./Summary.ts"

/** The plan of the table that comes with the program. */
export const standard = fileURLToPath(new URL("../../../../experiments/evaluation.yaml", import.meta.url))

const Names = Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1))

const Plan = Schema.Struct({
  rounds: Schema.Literals(["warm", "cold"]),
  seeds: Schema.Array(Schema.Int).check(Schema.isMinLength(1)),
  streams: Names,
  /** The first is what others are compared with. */
  policies: Names,
  /** How defaults came about: the seeds they were chosen on, which are not evaluated, and how many settings were tried. */
  chosen: Schema.optionalKey(
    Schema.Struct({ seeds: Schema.Array(Schema.Int), settings: Schema.optionalKey(Schema.Int) })
  )
})
export type Plan = typeof Plan.Type

/** Reads the text of a plan. `file` is for messages. */
export const parse = (text: string, file: string): Result.Result<Plan, string> => Yaml.read(Plan, text, file, wrong)

export const load = (file: string): Effect.Effect<Plan, CliError> =>
  Effect.gen(function* () {
    const text = yield* Effect.try({
      try: () => readFileSync(file, "utf8"),
      catch: (error) => new CliError({ message: `Cannot read ${file}: ${Files.reason(error)}; name a plan in YAML.` })
    })
    return yield* Effect.mapError(Effect.fromResult(parse(text, file)), (message) => new CliError({ message }))
  })

const wrong = (plan: Plan): Found => twice(plan) ?? inPolicies(plan) ?? inStreams(plan) ?? inSeeds(plan)

const twice = (plan: Plan) =>
  firstOf(["policies", "streams", "seeds"] as const, (field) =>
    firstOf<string | number>(plan[field], (value, i) =>
      (plan[field] as ReadonlyArray<string | number>).indexOf(value) < i
        ? problem([field, i], `${value} is there twice`)
        : undefined
    )
  )

const inPolicies = ({ policies }: Plan) =>
  policies[0] === Summary.reference
    ? firstOf(policies, (policy, i) => {
        const parsed = Result.try({ try: () => Policies.parse(policy), catch: (error) => (error as Error).message })
        return Result.isFailure(parsed) ? problem(["policies", i], parsed.failure.replace(/\.$/, "")) : undefined
      })
    : problem(["policies", 0], `the first is ${Summary.reference}, which the others are compared with`)

const inStreams = ({ streams }: Plan) =>
  firstOf(streams, (stream, i) =>
    isFile(stream) || Experiment.newest(stream, Experiment.names()) !== undefined
      ? undefined
      : problem(
          ["streams", i],
          `there is no experiment called "${stream}"; there are ${Experiment.alike(stream, Experiment.names()).join(", ")}`
        )
  )

const isFile = (stream: string) => /\.ya?ml$/.test(stream)

const inSeeds = ({ seeds, chosen }: Plan) =>
  firstOf(seeds, (seed, i) =>
    chosen?.seeds.includes(seed)
      ? problem(["seeds", i], `${seed} is a seed that defaults were chosen on; evaluate on others`)
      : undefined
  )

/** Which runs an evaluation is made of, from a short YAML file. */
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { type Found, firstOf, problem } from "@edgeol/sim/scenario/Problem"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, type Result, Schema } from "effect"
import type { CliError } from "../CliError.ts"
import * as PlanFile from "../PlanFile.ts"
import * as Version from "./Version.ts"
import * as Summary from "./Summary.ts"

/** The plan of the table that comes with the program. */
export const standard = fileURLToPath(new URL("../../../../experiments/evaluation.yaml", import.meta.url))

const Names = Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1))

const Plan = Schema.Struct({
  rounds: Schema.Literals(["warm", "cold"]),
  seeds: Schema.Array(Schema.Int).check(Schema.isMinLength(1)),
  streams: Names,
  /** The first is what others are compared with. By name, or as files from the plan's folder. */
  policies: Names,
  /** How defaults came about: the seeds they were chosen on, which are not evaluated, and how many settings were tried. */
  chosen: Schema.optionalKey(
    Schema.Struct({ seeds: Schema.Array(Schema.Int), settings: Schema.optionalKey(Schema.Int) })
  )
})
export type Plan = typeof Plan.Type & {
  /** Where paths of policies begin. */
  readonly folder?: string
}

/** Reads the text of a plan. `file` is for messages, `found` the policies that are in files. */
export const parse = (text: string, file: string, found: PlanFile.Found = new Map()): Result.Result<Plan, string> =>
  Yaml.read(Plan, text, file, (plan) => wrong(plan, found))

/** Policies that are in files are known by their hash too, as recorded runs know them. */
export const load = (file: string): Effect.Effect<Plan, CliError> =>
  Effect.map(
    PlanFile.load(
      file,
      (text, found) => parse(text, file, found),
      ({ policies }) => policies
    ),
    ({ plan, owned }) => ({
      ...plan,
      policies: plan.policies.map((policy) => Version.of(policy, owned.get(policy))),
      folder: dirname(file)
    })
  )

const wrong = (plan: Plan, found: PlanFile.Found): Found =>
  twice(plan) ?? inPolicies(plan, found) ?? inStreams(plan) ?? inSeeds(plan)

const twice = (plan: Plan) =>
  firstOf(["policies", "streams", "seeds"] as const, (field) =>
    firstOf<string | number>(plan[field], (value, i) =>
      (plan[field] as ReadonlyArray<string | number>).indexOf(value) < i
        ? problem([field, i], `${value} is there twice`)
        : undefined
    )
  )

const inPolicies = ({ policies }: Plan, found: PlanFile.Found) =>
  policies[0] === Summary.reference
    ? firstOf(policies, (policy, i) => {
        const trouble = PlanFile.trouble(policy, found)
        return trouble === undefined ? undefined : problem(["policies", i], trouble)
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

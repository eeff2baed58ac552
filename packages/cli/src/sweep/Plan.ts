/** What a sweep runs, as data: policies × parameters × scenarios × devices × seeds. */
import { dirname } from "node:path"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { type Found, problem } from "@edgeol/sim/scenario/Problem"
import * as Yaml from "@edgeol/sim/scenario/Yaml"
import { Effect, Result, Schema } from "effect"
import type { CliError } from "../CliError.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as PlanFile from "../PlanFile.ts"
import * as Variants from "./Variants.ts"

const some = <S extends Schema.Constraint>(schema: S) => Schema.Array(schema).check(Schema.isMinLength(1))
const Count = Schema.Int.check(Schema.isGreaterThan(0))

export const Plan = Schema.Struct({
  /** As on the command line, files from the plan's folder; `$name` stands for each value of a parameter in turn. */
  policies: some(Schema.NonEmptyString),
  parameters: Schema.optionalKey(Schema.Record(Schema.String, some(Variants.Value))),
  /** By name, or as .yaml files from the plan's folder. */
  scenarios: some(Schema.NonEmptyString),
  /** By name, or as files from the plan's folder; that of each scenario unless given. */
  devices: Schema.optionalKey(some(Schema.NonEmptyString)),
  /** Where rounds run, in the resident process or in one of their own; warm unless given. */
  rounds: Schema.optionalKey(some(Schema.Literals(["warm", "cold"]))),
  /** 1 to a number, or those in a list. */
  seeds: Schema.Union([Count, some(Schema.Int)])
})
export type Plan = typeof Plan.Type

/** With the policies that are in files. */
export interface Loaded extends Plan {
  readonly owned: PlanFile.Owned
}

/** Reads a plan and what it names but scenarios. */
export const load = (file: string): Effect.Effect<Loaded, CliError> =>
  Effect.map(
    PlanFile.load(file, (text, found) => parse(text, file, found), specifications),
    ({ plan, owned }) => ({ ...plan, owned })
  )

/** Reads the text of a plan. `file` is for messages, `found` the policies that are in files. */
export const parse = (text: string, file: string, found: PlanFile.Found = new Map()): Result.Result<Plan, string> =>
  Yaml.read(Plan, text, file, (plan) => wrong(plan, dirname(file), found))

const specifications = ({ parameters = {}, policies }: Plan) =>
  policies.flatMap((policy) => Variants.of(policy, parameters).map(({ specification }) => specification))

/** Columns of the table that no parameter can be called. */
export const reserved = ["policy", "scenario", "device", "rounds", "seed"] as const

const wrong = (plan: Plan, folder: string, found: PlanFile.Found): Found =>
  inLists(plan) ?? inNames(plan) ?? inPolicies(plan, found) ?? inDevices(plan, folder)

const inLists = (plan: Plan) => {
  for (const field of ["policies", "scenarios", "devices", "rounds", "seeds"] as const) {
    const list = plan[field]
    if (!Array.isArray(list)) continue
    const twice = list.findIndex((value, i) => list.indexOf(value) < i)
    if (twice >= 0) return problem([field, twice], `${String(list[twice])} is there twice`)
  }
  return undefined
}

const inNames = ({ parameters = {}, policies }: Plan) => {
  for (const name of Object.keys(parameters)) {
    const path = ["parameters", name]
    if (!/^[A-Za-z]\w*$/.test(name)) return problem(path, "a parameter's name is a letter, then letters and digits")
    if (reserved.some((column) => column === name.toLowerCase())) {
      return problem(path, "the table has a column of that name")
    }
  }
  for (const [i, policy] of policies.entries()) {
    const unknown = Variants.names(policy).find((name) => !Object.hasOwn(parameters, name))
    if (unknown !== undefined) return problem(["policies", i], `there is no parameter "${unknown}"`)
  }
  const unused = Object.keys(parameters).find(
    (name) => !policies.some((policy) => Variants.names(policy).includes(name))
  )
  return unused === undefined ? undefined : problem(["parameters", unused], `no policy says $${unused}`)
}

const inPolicies = ({ parameters = {}, policies }: Plan, found: PlanFile.Found) => {
  for (const [i, policy] of policies.entries()) {
    for (const { specification } of Variants.of(policy, parameters)) {
      const trouble = PlanFile.trouble(specification, found)
      if (trouble !== undefined) return problem(["policies", i], trouble)
    }
  }
  return undefined
}

const inDevices = ({ devices = [] }: Plan, folder: string) => {
  for (const [i, device] of devices.entries()) {
    const found = because(() => PowerModel.load(DeviceFile.known(device, folder)))
    if (found !== undefined) return problem(["devices", i], found)
  }
  return undefined
}

/** Why something cannot be, without a full stop. */
const because = (action: () => unknown): string | undefined => {
  const result = Result.try({ try: action, catch: (error) => (error as Error).message.replace(/\.$/, "") })
  return Result.isFailure(result) ? result.failure : undefined
}

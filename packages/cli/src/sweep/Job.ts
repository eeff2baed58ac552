/** From a plan to the job of simulating it: reads what the plan names. */
import { dirname, join } from "node:path"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import { CliError } from "../CliError.ts"
import * as Code from "./Code.ts"
import type { Plan } from "./Plan.ts"
import * as Simulation from "./Simulation.ts"
import type { Job } from "./Sweep.ts"
import type { Columns } from "./Table.ts"
import * as Trials from "./Trials.ts"
import type * as Variants from "./Variants.ts"

export interface Options {
  /** The plan's file. */
  readonly file: string
  readonly folder: string
  readonly workers: number
}

export const make = Effect.fnUntraced(function* (plan: Plan, { file, folder, workers }: Options) {
  const opened = new Map<string, Simulation.Opened>()
  for (const scenario of plan.scenarios) opened.set(scenario, yield* open(scenario, dirname(file)))
  const contents = new Map(
    Array.from(opened, ([name, { scenario, traces, surrogate }]) => {
      const times = Array.from(traces, ([trace, at]) => [trace, Trials.sha256(new Uint8Array(at.buffer))])
      return [name, JSON.stringify([scenario, times, surrogate.hash])]
    })
  )
  const settings = Trials.settings(plan, (name) => Simulation.deviceOf(opened.get(name)!.scenario))
  return {
    folder,
    trials: Trials.make(plan, settings, ({ scenario }) => contents.get(scenario)!, Code.version()),
    pool: { workers, module: new URL("./Simulation.ts", import.meta.url), shared: opened },
    columns: { parameters: typesOf(plan.parameters ?? {}), results: Simulation.columns }
  } satisfies Job
})

/** A scenario with all that it names, or what is wrong with it. */
const open = Effect.fnUntraced(function* (name: string, folder: string) {
  const isFile = /\.ya?ml$/.test(name)
  const path = isFile ? join(folder, name) : name
  const { scenario, traces } = yield* ScenarioFile.load(path)
  const refuse = (field: string, why: string) => new CliError({ message: `${path}, "${field}": ${why}.` })
  const field = Simulation.unsupported(scenario)
  if (field !== undefined) return yield* refuse(field, "a sweep cannot simulate this; leave it out")
  const surrogate = yield* surrogateOf(scenario.surrogate, scenario.stream, isFile ? dirname(path) : ".", refuse)
  const device = yield* Effect.result(Effect.try(() => PowerModel.load(Simulation.deviceOf(scenario))))
  if (device._tag === "Failure")
    return yield* refuse("device.name", (device.failure.cause as Error).message.slice(0, -1))
  const { kind } = surrogate.body.experiment.model as { readonly kind: Simulation.Opened["model"] }
  return { scenario, traces, surrogate, model: kind } satisfies Simulation.Opened
})

const surrogateOf = (
  name: string | undefined,
  stream: string | undefined,
  folder: string,
  refuse: (field: string, why: string) => CliError
) => {
  if (name !== undefined) return name.endsWith(".json") ? Atlas.load(join(folder, name)) : Atlas.of(name)
  if (stream !== undefined) return Atlas.of(stream)
  return refuse("stream", "name the stream that is learnt, or a surrogate")
}

/** Columns of parameters, by the values that they take. */
const typesOf = (parameters: Variants.Parameters): Columns =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, typeOf(values)]))

const typeOf = (values: ReadonlyArray<Variants.Value>): Columns[string] => {
  if (values.every((value) => typeof value === "boolean")) return "BOOLEAN"
  if (!values.every((value) => typeof value === "number")) return "VARCHAR"
  return values.every(Number.isSafeInteger) ? "BIGINT" : "DOUBLE"
}

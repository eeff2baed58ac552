/** From a plan to the job of simulating it: reads what the plan names. */
import { dirname } from "node:path"
import * as Device from "@edgeol/sim/Device"
import * as Equipment from "@edgeol/sim/Equipment"
import { Effect } from "effect"
import * as DeviceFile from "../DeviceFile.ts"
import * as Open from "../simulate/Open.ts"
import * as Code from "./Code.ts"
import type { Loaded } from "./Plan.ts"
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

export const make = Effect.fnUntraced(function* (plan: Loaded, { file, folder, workers }: Options) {
  const opened = new Map<string, Open.Opened>()
  for (const scenario of plan.scenarios) opened.set(scenario, yield* Open.open(scenario, dirname(file)))
  const contents = new Map(
    Array.from(opened, ([name, { scenario, traces, surrogate, workload }]) => {
      const times = Array.from(traces, ([trace, at]) => [trace, Trials.sha256(new Uint8Array(at.buffer))])
      return [name, JSON.stringify([scenario, times, surrogate.hash, workload])]
    })
  )
  const devices = plan.devices?.map((device) => DeviceFile.known(device, dirname(file)))
  const settings = Trials.settings(devices === undefined ? plan : { ...plan, devices }, (name) =>
    Equipment.nameOf(opened.get(name)!.scenario)
  )
  const boards = Device.added()
  const board = (name: string) => boards.get(name) ?? boards.get(Device.parts(name)[0])
  const content = ({ scenario, device }: Trials.Setting) => JSON.stringify([contents.get(scenario), board(device)])
  const files = new Map(Array.from(plan.owned, ([policy, { specification }]) => [policy, specification]))
  const shared: Simulation.Shared = { scenarios: opened, boards, files }
  return {
    folder,
    trials: Trials.make(plan, settings, content, Code.version(), plan.owned),
    pool: { workers, module: new URL("./Simulation.ts", import.meta.url), shared },
    columns: { parameters: typesOf(plan.parameters ?? {}), results: Simulation.columns }
  } satisfies Job
})

/** Columns of parameters, by the values that they take. */
const typesOf = (parameters: Variants.Parameters): Columns =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, typeOf(values)]))

const typeOf = (values: ReadonlyArray<Variants.Value>): Columns[string] => {
  if (values.every((value) => typeof value === "boolean")) return "BOOLEAN"
  if (!values.every((value) => typeof value === "number")) return "VARCHAR"
  return values.every(Number.isSafeInteger) ? "BIGINT" : "DOUBLE"
}

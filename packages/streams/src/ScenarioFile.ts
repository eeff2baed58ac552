/** Scenarios from files, with the traces that they name. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { SamplesError } from "@edgeol/core/Samples"
import * as Scenario from "@edgeol/sim/Scenario"
import * as ArrivalContradiction from "@edgeol/sim/scenario/ArrivalContradiction"
import type { Traces } from "@edgeol/sim/scenario/Sources"
import * as Trace from "@edgeol/sim/scenario/Trace"
import { Effect, Result } from "effect"
import * as Files from "./internal/Files.ts"

export interface Loaded {
  readonly scenario: Scenario.Scenario
  readonly traces: Traces
}

const folder = resolve(import.meta.dirname, "../../sim/scenarios")

/** The scenarios that come with the simulator. */
export const names = (): ReadonlyArray<string> =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .toSorted()

/** Loads by name, or from a path that ends in .yaml or .yml. Traces are found from the folder of the file. */
export const load = (nameOrPath: string): Effect.Effect<Loaded, SamplesError> =>
  Effect.suspend(() => {
    if (/\.ya?ml$/.test(nameOrPath)) return loadFile(nameOrPath)
    if (names().includes(nameOrPath)) return loadFile(join(folder, `${nameOrPath}.yaml`))
    const known = names().join(", ")
    const message = `There is no scenario called "${nameOrPath}"; name one of ${known}, or the path of a .yaml file.`
    return Effect.fail(new SamplesError({ message }))
  })

const loadFile = Effect.fnUntraced(function* (path: string) {
  const text = yield* read(path, "scenario")
  const scenario = yield* Effect.fromResult(Result.mapError(Scenario.parse(text, path), refusal))
  const traces = new Map<string, Float64Array>()
  for (const file of Scenario.traceFiles(scenario)) {
    const where = resolve(dirname(path), file)
    const times = Trace.parse(yield* read(where, "trace"), where)
    traces.set(file, yield* Effect.fromResult(Result.mapError(times, (message) => new SamplesError({ message }))))
  }
  const problem = ArrivalContradiction.inTraces(scenario, traces)
  if (problem === undefined) return { scenario, traces }
  const message = `${path}, "${problem.path.join(".")}": ${problem.message}; correct the file and run again.`
  return yield* new SamplesError({ message })
})

const refusal = ({ message }: Scenario.ScenarioError) => new SamplesError({ message })

const read = (path: string, what: string) =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) =>
      new SamplesError({ message: `The ${what} ${path} cannot be read (${Files.reason(error)}); check the path.` })
  })

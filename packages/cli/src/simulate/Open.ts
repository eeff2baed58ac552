/** From the name of a scenario or experiment to all that a simulation of it needs. */
import { dirname, join } from "node:path"
import type * as CostModel from "@edgeol/sim/CostModel"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Traces } from "@edgeol/sim/scenario/Sources"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import * as Experiment from "@edgeol/streams/Experiment"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import { CliError } from "../CliError.ts"
import * as Simulation from "./Simulation.ts"

/** A scenario with all that it names. Plain data, which can cross to a worker. */
export interface Opened {
  readonly scenario: Scenario.Scenario
  readonly traces: Traces
  readonly surrogate: Surrogate
  /** Whose seconds a learner's operations take. */
  readonly model: Parameters<typeof CostModel.load>[0]
}

/**
 * A scenario by its name or path; or an experiment by its stream's name, which then is simulated as it would be run: the
 * same arrivals for the same seed. Paths are looked for from `folder`.
 */
export const open = Effect.fnUntraced(function* (name: string, folder = ".") {
  if (!/\.ya?ml$/.test(name) && !ScenarioFile.names().includes(name)) return yield* experiment(name)
  const isFile = /\.ya?ml$/.test(name)
  const path = isFile ? join(folder, name) : name
  const { scenario, traces } = yield* ScenarioFile.load(path)
  const refuse = (field: string, why: string) => new CliError({ message: `${path}, "${field}": ${why}.` })
  const field = Simulation.unsupported(scenario)
  if (field !== undefined) return yield* refuse(field, "the simulator does not know this yet; leave it out")
  const surrogate = yield* surrogateOf(scenario, isFile ? dirname(path) : ".", refuse)
  const device = yield* Effect.result(Effect.try(() => PowerModel.load(Simulation.deviceOf(scenario))))
  if (device._tag === "Failure")
    return yield* refuse("device.name", (device.failure.cause as Error).message.slice(0, -1))
  const { kind } = (yield* Experiment.load(surrogate.body.stream)).experiment.model
  return { scenario, traces, surrogate, model: kind } satisfies Opened
})

const experiment = Effect.fnUntraced(function* (stream: string) {
  const { name, experiment: of } = yield* Effect.mapError(
    Experiment.load(stream),
    ({ message }) =>
      new CliError({
        message: message.replace(/;/, `, and no scenario; there are the scenarios ${ScenarioFile.names().join(", ")};`)
      })
  )
  const surrogate = yield* Atlas.of(name)
  const scenario = Scenario.ofExperiment(of, surrogate.body.scenes.slice(1))
  return { scenario, traces: new Map(), surrogate, model: of.model.kind } satisfies Opened
})

const surrogateOf = (
  { surrogate, stream }: Scenario.Scenario,
  folder: string,
  refuse: (field: string, why: string) => CliError
) => {
  if (surrogate !== undefined)
    return surrogate.endsWith(".json") ? Atlas.load(join(folder, surrogate)) : Atlas.of(surrogate)
  if (stream !== undefined) return Atlas.of(stream)
  return refuse("stream", "name the stream that is learnt, or a surrogate")
}

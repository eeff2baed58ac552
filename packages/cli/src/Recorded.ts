/** What a tape's header says was run. */
import * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Schema } from "effect"
import { CliError } from "./CliError.ts"
import * as DeviceFile from "./DeviceFile.ts"
import type { Header } from "./Tape.ts"
import * as Workload from "./Workload.ts"
import type { World } from "./World.ts"

/** What learnt, where the seconds are the device's own. A device that is a file is read again. */
export const workload = Effect.fnUntraced(function* ({ costs, experiment, meter }: Header) {
  if (meter.kind === "modelled") yield* DeviceFile.resolve(meter.source)
  if (costs === undefined) return undefined
  return yield* Workload.of(yield* Schema.decodeUnknownEffect(Experiment.Experiment)(experiment))
})

/** `folder` is for the message. */
export const what = (
  folder: string,
  header: Header
): Effect.Effect<Pick<World, "name" | "experiment" | "scenario">, CliError> =>
  Effect.gen(function* () {
    const experiment = yield* Schema.decodeUnknownEffect(Experiment.Experiment)(header.experiment)
    const named = { name: header.stream, experiment }
    if (header.scenario === undefined) return named
    const { source, document, traces } = header.scenario
    const scenario = yield* Effect.fromResult(Scenario.parse(JSON.stringify(document), source))
    const times = Object.entries(traces).map(([file, at]) => [file, Float64Array.from(at)] as const)
    const equipped = yield* DeviceFile.equipped(scenario, ".")
    return { ...named, scenario: { source, scenario: equipped, traces: new Map(times) } }
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "CliError"
        ? error
        : new CliError({ message: `The run in ${folder} was recorded by another version of edgeol.` })
    )
  )

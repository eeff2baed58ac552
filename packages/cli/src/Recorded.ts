/** What a tape's header says was run. */
import * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Schema } from "effect"
import { CliError } from "./CliError.ts"
import type { Header } from "./Tape.ts"
import * as Workload from "./Workload.ts"
import type { World } from "./World.ts"

/** What learnt, where the seconds are the device's own. */
export const workload = ({ costs, experiment }: Header) =>
  costs === undefined
    ? Effect.undefined
    : Effect.flatMap(Schema.decodeUnknownEffect(Experiment.Experiment)(experiment), Workload.of)

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
    return { ...named, scenario: { source, scenario, traces: new Map(times) } }
  }).pipe(
    Effect.mapError(() => new CliError({ message: `The run in ${folder} was recorded by another version of edgeol.` }))
  )

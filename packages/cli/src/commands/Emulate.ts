/** `edgeol emulate`: policies under real training, on the clock and the joules of a device that is not here. */
import * as Fingerprint from "@edgeol/core/Fingerprint"
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as Comparison from "../Comparison.ts"
import * as Flags from "../Flags.ts"
import * as Table from "../report/Table.ts"
import type { Result } from "../World.ts"
import * as Compare from "./Compare.ts"

const scenario = Argument.String("scenario").pipe(
  Argument.withDescription("Scenario by name or .yaml file, or a stream: patterns/nic, gtsrb32/ni"),
  Argument.withDefault("patterns/nic")
)

const { policies, seeds, seed } = Compare.flags
const { rounds, device, threads, out, resume, json } = Flags.run
const flags = { scenario, policies, seeds, seed, data: Flags.data, rounds, device, threads, out, resume, json }

interface Input extends Omit<Compare.Input, "stream" | "clock" | "root"> {
  readonly scenario: string
  readonly json: boolean
}

const handle = Effect.fn(function* ({ scenario, json, ...input }: Input) {
  const asked = { ...input, stream: scenario, clock: "modelled", costs: "device" } as const
  const { comparison, world, report } = yield* Compare.all(asked, line)
  const about = { scenario: world.scenario?.scenario.name ?? world.name, device: world.power.name, world: "emulated" }
  yield* Console.log(
    json
      ? JSON.stringify({ ...about, ...comparison, report }, null, 2)
      : `${about.scenario} on ${about.device}, emulated.\n\n${Table.table(comparison, "modelled")}\n\nReport: ${report}`
  )
}, Effect.scoped)

/** As `edgeol simulate` has it. */
const line = (seed: number, { summary, tape }: Result) => ({
  ...Comparison.run(seed, summary),
  tape: Fingerprint.of(tape.entries),
  activities: summary.seconds
})

export const command = Command.make("emulate", Flags.shown(flags), handle).pipe(
  Command.withDescription("Train for real, on the clock and joules of a device: its cost model charges what it takes"),
  Command.withExamples([
    {
      command: "edgeol emulate robot --policies immediate,edgeol --seeds 1",
      description: "A robot's day under real training, to compare with `edgeol simulate robot`"
    }
  ])
)

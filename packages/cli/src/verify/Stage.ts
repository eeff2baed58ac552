/** Where a policy is tried: a device and what learns on it, kept scenarios, and days that are drawn. */
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as Device from "@edgeol/sim/Device"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import * as AnyDay from "@edgeol/verify/AnyDay"
import * as CostProfile from "@edgeol/verify/CostProfile"
import * as Kept from "@edgeol/verify/Kept"
import { Effect, Option, Struct } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import { CliError } from "../CliError.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as Settings from "../Settings.ts"
import type { Opened } from "../simulate/Open.ts"
import * as Simulation from "../simulate/Simulation.ts"
import * as Workload from "../Workload.ts"

export interface Options {
  readonly stream: string
  readonly device: string
  readonly rounds: "warm" | "cold"
  /** Separated by commas; all that are kept unless given. */
  readonly scenarios: Option.Option<string>
}

/** A scenario, and what it is called on the command line. */
export interface Played extends Opened {
  readonly name: string
}

export interface Stage {
  readonly device: string
  readonly stream: string
  readonly rounds: "warm" | "cold"
  readonly profile: CostProfile.CostProfile
  readonly kept: ReadonlyArray<Played>
  /** Kept scenarios that this device or stream cannot play, and why. */
  readonly left: ReadonlyArray<string>
  readonly days: ReturnType<typeof AnyDay.anyDay>
  readonly opened: (scenario: Scenario.Scenario) => Opened
}

export const open = Effect.fnUntraced(function* ({ stream, rounds, scenarios, ...asked }: Options) {
  const { name, experiment } = yield* Experiment.load(stream)
  const surrogate = yield* Atlas.of(name)
  const workload = yield* Workload.of(experiment)
  const device = DeviceFile.portable(yield* DeviceFile.resolve(asked.device))
  yield* Settings.equipped({}, device)
  const learnt = { surrogate, workload, traces: new Map() }
  const scenes = surrogate.body.scenes.length - 1
  const loaded = yield* Effect.forEach(named(scenarios), (one) =>
    Effect.map(load(one), ({ scenario, traces }) => {
      const played = { ...learnt, traces, scenario: on(scenario, name), name: one }
      return { played, problem: problemOf(played, device, scenes) }
    })
  )
  const refused = loaded.flatMap(({ played, problem }) => (problem === undefined ? [] : [`${played.name}: ${problem}`]))
  if (Option.isSome(scenarios) && refused.length > 0) return yield* new CliError({ message: `${refused[0]}.` })
  const stage: Stage = {
    device,
    stream: name,
    rounds,
    profile: CostProfile.of(device, workload),
    kept: loaded.flatMap(({ played, problem }) => (problem === undefined ? [played] : [])),
    left: refused,
    days: AnyDay.anyDay({ stream: name, scenes, device, modes: Object.keys(Device.load(device).board.modes) }),
    opened: (scenario) => ({ ...learnt, scenario })
  }
  return stage
})

const named = (scenarios: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(scenarios, {
    onNone: () => [...ScenarioFile.names(), ...Kept.names()],
    onSome: (list) =>
      list
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "" && name !== "none")
  })

/** Ours, the kept ones, or a file. */
const load = (name: string) =>
  Effect.mapError(
    ScenarioFile.load(Kept.file(name) ?? name),
    ({ message }) =>
      new CliError({ message: message.replace("; name one of ", `; name one of ${Kept.names().join(", ")}, `) })
  )

/** What arrives is the scenario's; what learns is the stream's, for a certificate is about one cost profile. */
const on = (scenario: Scenario.Scenario, stream: string): Scenario.Scenario => ({
  ...Struct.omit(scenario, ["surrogate"]),
  stream
})

const problemOf = ({ scenario }: Played, device: string, scenes: number): string | undefined => {
  const most = Math.max(...Scenario.scenes(scenario))
  return most > scenes
    ? `it needs ${most} scenes, and the stream has ${scenes}`
    : Equipment.problem(scenario, device)?.why
}

/** Runs a policy through a scenario. */
export const play = (
  { device, rounds }: Stage,
  opened: Opened,
  policy: Policy,
  seed: number,
  record?: (entry: Entry) => void
): void => void Simulation.run(opened, { policy, seed, device, rounds }, record)

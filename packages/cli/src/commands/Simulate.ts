/** `edgeol simulate`: policies in a simulated world, over many seeds, in seconds. */
import { join } from "node:path"
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import type * as Ledger from "@edgeol/core/Ledger"
import type * as Summary from "@edgeol/core/Summary"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Device from "@edgeol/sim/Device"
import * as Uncertainty from "@edgeol/sim/Uncertainty"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Comparison from "../Comparison.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Progress from "../Progress.ts"
import * as Table from "../report/Table.ts"
import * as Text from "../report/Text.ts"
import * as Settings from "../Settings.ts"
import * as Open from "../simulate/Open.ts"
import * as Simulation from "../simulate/Simulation.ts"

const scenario = Argument.String("scenario").pipe(
  Argument.withDescription("Scenario by name or .yaml file, or a stream: patterns/nic, gtsrb32/ni"),
  Argument.withDefault("patterns/nic")
)

const flags = {
  scenario,
  policies: Flag.String("policies").pipe(
    Flag.withDescription("Policies, separated by commas, such as immediate,periodic:4,edgeol"),
    Flag.withDefault("immediate,edgeol")
  ),
  seeds: Flag.Int("seeds").pipe(Flag.withDescription("How many seeds"), Flag.withDefault(20)),
  seed: Flag.Int("seed").pipe(Flag.withDescription("The first seed; the others follow it"), Flag.withDefault(1)),
  device: Flags.device,
  rounds: Flags.run.rounds,
  tapes: Flag.String("tapes").pipe(
    Flag.withDescription("Folder for the tapes of all runs, one .ndjson each (default: none are written)"),
    Flag.optional
  ),
  json: Flags.json
}

interface Input {
  readonly scenario: string
  readonly policies: string
  readonly seeds: number
  readonly seed: number
  readonly device: Option.Option<string>
  readonly rounds: "warm" | "cold"
  readonly tapes: Option.Option<string>
  readonly json: boolean
}

interface Run extends Comparison.Run {
  /** The tape's fingerprint. */
  readonly tape: string
  readonly activities: Ledger.Ledger
}

const handle = Effect.fn(function* (input: Input) {
  const seeds = yield* Settings.seeds(input.seed, input.seeds)
  const policies = yield* Settings.policies(input.policies)
  const opened = yield* Open.open(input.scenario)
  const device = yield* DeviceFile.resolve(Option.getOrElse(input.device, () => Equipment.nameOf(opened.scenario)))
  yield* Settings.equipped(opened.scenario, device)
  const { runs, outside } = yield* all(opened, policies, seeds, { ...input, device })
  const comparison = Comparison.compare(runs)
  const carried = Uncertainty.carry(ledgersOf(runs), comparison.reference, {
    watts: Equipment.power(device, opened.workload).watts,
    spread: Device.spread(Device.load(device))
  })
  const result = { scenario: opened.scenario.name, device, world: "simulated", ...comparison, carried, outside }
  yield* Console.log(input.json ? JSON.stringify(result, null, 2) : text(result))
}, Effect.scoped)

type Of = Omit<Input, "device" | "policies" | "seed" | "seeds"> & { readonly device: string }

const all = Effect.fnUntraced(function* (
  opened: Open.Opened,
  policies: ReadonlyArray<Policy>,
  seeds: ReadonlyArray<number>,
  input: Of
) {
  const progress = yield* Progress.bar(seeds.length * policies.length)
  const runs: Record<string, Array<Run>> = {}
  const outside = new Set<string>()
  let done = 0
  for (const seed of seeds) {
    for (const policy of policies) {
      const tapes: Array<Array<Entry>> = []
      const record = Option.isSome(input.tapes)
        ? (entry: Entry, own: number) => void (tapes[own] ??= []).push(entry)
        : undefined
      const simulated = Simulation.run(opened, { policy, seed, device: input.device, rounds: input.rounds }, record)
      if (Option.isSome(input.tapes)) yield* write(input.tapes.value, policy, seed, tapes)
      if (simulated.outside !== undefined) outside.add(simulated.outside)
      ;(runs[policy.name] ??= []).push(line(seed, simulated.summary, simulated.fingerprint))
      progress.to((done += 1), `${policy.name}, seed ${seed}`)
      yield* Effect.yieldNow
    }
  }
  return { runs, outside: [...outside] }
})

const ledgersOf = (runs: Readonly<Record<string, ReadonlyArray<Run>>>): Uncertainty.Ledgers =>
  Object.fromEntries(Object.entries(runs).map(([name, own]) => [name, own.map(({ activities }) => activities)]))

const line = (seed: number, summary: Summary.Summary, tape: string): Run => ({
  ...Comparison.run(seed, summary),
  tape,
  activities: summary.seconds
})

/** A file for each device. */
const write = (folder: string, policy: Policy, seed: number, tapes: ReadonlyArray<ReadonlyArray<Entry>>) =>
  Files.change(
    folder,
    () => {
      Files.folder(folder)
      for (const [device, tape] of tapes.entries()) {
        const name = `${policy.name.replace(/[^\w.=-]+/g, "-")}-${seed}${tapes.length > 1 ? `.${device + 1}` : ""}.ndjson`
        Files.replace(join(folder, name), tape.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
      }
    },
    "--tapes"
  )

interface Result extends Comparison.Comparison {
  readonly scenario: string
  readonly device: string
  /** What is not known of the device, carried to totals and to changes against the reference. */
  readonly carried: Uncertainty.Carried
  readonly outside: ReadonlyArray<string>
}

/** Totals and changes for every device that this one could be, and every drawing of seeds. */
const doubt = ({ carried: { totals, changes }, reference }: Result): ReadonlyArray<string> =>
  Object.entries(totals).map(([name, { seconds, joules }]) => {
    const total = `${name}: ${Text.seconds(seconds.low)} to ${Text.seconds(seconds.high)}, ${Text.joules(joules.low)} to ${Text.joules(joules.high)}`
    const change = name === reference ? undefined : changes[name]
    return change === undefined
      ? total
      : `${total}; against ${reference} ${Text.change(change.seconds)} % of time, ${Text.change(change.joules)} % of energy`
  })

const text = (result: Result) =>
  [
    `${result.scenario} on ${result.device}, simulated.`,
    "",
    Table.table(result, "modelled"),
    "",
    "With what is not known of the device, in nine of ten cases:",
    ...doubt(result),
    ...(result.outside.length === 0
      ? []
      : ["", `Partly a guess, for the surrogate was not fitted on ${result.outside.join("; ")}.`])
  ].join("\n")

export const command = Command.make("simulate", Flags.shown(flags), handle).pipe(
  Command.withDescription("Simulate policies: a surrogate for training, a cost model for the device, seconds for days"),
  Command.withExamples([
    {
      command: "edgeol simulate day --policies immediate,periodic:4,edgeol --seeds 50",
      description: "Three policies over fifty days"
    }
  ])
)

/** `edgeol run`: one policy on one stream, recorded so that it can be resumed, replayed and reported. */
import { join } from "node:path"
import type { Summary } from "@edgeol/core/Summary"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Lock from "../Lock.ts"
import * as Progress from "../Progress.ts"
import * as Recorded from "../Recorded.ts"
import * as Text from "../report/Text.ts"
import * as Settings from "../Settings.ts"
import * as Tape from "../Tape.ts"
import * as World from "../World.ts"

const flags = {
  scenario: Argument.String("scenario").pipe(
    Argument.withDescription(`Scenario or experiment, as with --stream (default: ${Flags.standard})`),
    Argument.optional
  ),
  stream: Flags.namedStream.pipe(Flag.optional),
  data: Flags.data,
  policy: Flag.String("policy").pipe(
    Flag.withDescription(
      "Policy, such as immediate, periodic:4 or edgeol:frequency.needMax=4, or the .ts file that exports one"
    ),
    Flag.withDefault("edgeol")
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of stream and model"), Flag.withDefault(1)),
  ...Flags.run
}

interface Input extends Omit<Settings.Settings, "stream"> {
  readonly scenario: Option.Option<string>
  readonly stream: Option.Option<string>
  readonly policy: string
  readonly seed: number
  readonly out: Option.Option<string>
  readonly resume: boolean
  readonly json: boolean
  readonly root: string
}

/** A run's own settings, as its tape says. */
const recorded = Effect.fnUntraced(function* (folder: string, input: Input) {
  const header = yield* Tape.readHeader(folder)
  const what = yield* Recorded.what(folder, header)
  const { rounds, clock, costs, meter, seed } = header
  const world = yield* Settings.furnish(what, {
    data: input.data,
    rounds,
    clock,
    processes: input.processes === true,
    ...(costs === undefined ? {} : { costs }),
    // A run that was measured needs no device's watts; any will do.
    device: meter.kind === "modelled" ? Option.some(meter.source) : input.device,
    threads: Option.some(Number(header.versions.threads)),
    root: input.root
  })
  return { world, seed, policy: yield* Settings.policy(header.policy.name) }
})

const asked = Effect.fnUntraced(function* (input: Input) {
  if (Option.isSome(input.scenario) && Option.isSome(input.stream)) {
    return yield* new CliError({ message: "A scenario and --stream were given; leave out one of them." })
  }
  const stream = Option.getOrElse(
    Option.orElse(input.scenario, () => input.stream),
    () => Flags.standard
  )
  return {
    world: yield* Settings.world({ ...input, stream }),
    seed: input.seed,
    policy: yield* Settings.policy(input.policy)
  }
})

const handle = Effect.fn(function* (input: Input) {
  const folder = Settings.place(input.out, input.resume)
  yield* Lock.hold(folder)
  const exists = Tape.exists(folder)
  if (exists && !input.resume) {
    return yield* new CliError({
      message: `There is a run in ${folder} already; go on with it by --resume, or name another folder with --out.`
    })
  }
  const { world, seed, policy } = yield* exists ? recorded(folder, input) : asked(input)
  yield* Settings.make(folder, input.out)
  const progress = yield* Progress.bar(World.length(world, seed))
  let arrivals = 0
  const { tape, summary, weights } = yield* World.run(world, {
    policy,
    seed,
    folder,
    initial: join(folder, "initial"),
    resume: input.resume,
    onEntry: ({ observation: { _tag: tag } }) => {
      if (tag === "BatchArrived" || tag === "RequestServed") progress.to((arrivals += 1), policy.name)
    }
  })
  const result = {
    folder,
    policy: policy.name,
    seed,
    tape: Tape.hash(tape.entries),
    weights,
    meter: tape.header.meter,
    ...summary
  }
  yield* Console.log(input.json ? JSON.stringify(result, null, 2) : text(result))
}, Effect.scoped)

interface Result extends Summary {
  readonly folder: string
  readonly policy: string
  readonly seed: number
  readonly tape: string
  readonly weights: string
  readonly meter: Tape.Header["meter"]
}

const text = (run: Result) =>
  [
    `${run.policy}, seed ${run.seed}: ${Text.plural(run.rounds, "round")}, ${Text.plural(run.iterations, "step")}`,
    `fine-tuning ${Text.seconds(run.fineTuningSeconds)}, ${Text.joules(run.joules)} ${run.meter.kind} (${run.meter.source})`,
    `accuracy ${Text.percent(run.accuracy)} over ${Text.plural(run.requests, "request")}, latency p50 ${Text.seconds(run.latencySeconds.p50)}, p99 ${Text.seconds(run.latencySeconds.p99)}`,
    `tape ${run.tape.slice(0, 12)}, weights ${run.weights.slice(0, 12)}, in ${run.folder}`
  ].join("\n")

export const command = Command.make("run", Flags.shown(flags), handle).pipe(
  Command.withDescription("Run one policy with real training; kill it and go on with --resume"),
  Command.withExamples([
    { command: "edgeol run --policy edgeol --out runs/mine", description: "EdgeOL on the built-in stream" },
    {
      command: "edgeol run robot.yaml --clock real --out runs/robot",
      description: "A scenario of your own, at the speed of the clock on the wall"
    },
    { command: "edgeol run --resume --out runs/mine", description: "Go on where it stopped, with the settings it had" }
  ])
)

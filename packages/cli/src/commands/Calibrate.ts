/** `edgeol calibrate`: what training steps cost on this computer or board, as a profile with its error. */
import { join } from "node:path"
import * as Board from "@edgeol/hw-jetson/Board"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as BoardOutcome from "../calibrate/BoardOutcome.ts"
import * as Host from "../calibrate/Host.ts"
import * as OnBoard from "../calibrate/OnBoard.ts"
import * as Outcome from "../calibrate/Outcome.ts"
import * as Subject from "../calibrate/Subject.ts"
import * as Modes from "./Modes.ts"
import * as Progress from "../Progress.ts"

const flags = {
  model: Flag.Literals("model", Subject.names).pipe(
    Flag.withDescription("Model whose training steps are timed"),
    Flag.withDefault("resnet8" as const)
  ),
  minutes: Flag.Finite("minutes").pipe(
    Flag.withDescription("How long to time steps; all pairs of batch and depth are timed once at least"),
    Flag.withDefault(5)
  ),
  batches: Flag.String("batches").pipe(
    Flag.withDescription("Samples in a minibatch, between commas"),
    Flag.withDefault("1,2,4,8,16,32,64")
  ),
  threads: Flag.String("threads").pipe(
    Flag.withDescription("Numbers of TensorFlow's threads, between commas"),
    Flag.withDefault("1,2")
  ),
  modes: Flag.Int("modes").pipe(
    Flag.withDescription("On a Jetson: how many power modes to profile (default: the one that is set)"),
    Flag.optional
  ),
  out: Flag.String("out").pipe(
    Flag.withDescription(
      "Folder of the timings and the profile; goes on where one was left (default: runs/calibration-MODEL)"
    ),
    Flag.optional
  ),
  root: Flags.root,
  json: Flags.json
}

interface Input {
  readonly model: Subject.Name
  readonly minutes: number
  readonly batches: string
  readonly threads: string
  readonly modes: Option.Option<number>
  readonly out: Option.Option<string>
  readonly root: string
  readonly json: boolean
}

const most = { batches: 4096, threads: 256 }

const handle = Effect.fn(function* (input: Input) {
  if (!(input.minutes > 0)) return yield* new CliError({ message: `--minutes must be above 0, not ${input.minutes}.` })
  const [batches, threads] = yield* Effect.try({
    try: () =>
      [
        Outcome.counts("batches", input.batches, most.batches),
        Outcome.counts("threads", input.threads, most.threads)
      ] as const,
    catch: (error) => error as CliError
  })
  const board = Board.identify(input.root)
  if (board === undefined && Option.isSome(input.modes)) {
    return yield* new CliError({
      message: `There is no Jetson under ${input.root}, so there are no power modes to profile; leave out --modes, or name a board's file system with --root.`
    })
  }
  if (board !== undefined) return yield* onBoard(input, board, batches)
  yield* Console.error("No Jetson found: steps are timed on this computer.")
  yield* host(input, batches, threads)
}, Effect.scoped)

const onBoard = Effect.fnUntraced(function* (input: Input, board: Board.Board, batches: ReadonlyArray<number>) {
  const { model, minutes, root, json } = input
  const count = Option.getOrElse(input.modes, () => 1)
  if (count < 1) return yield* new CliError({ message: `--modes must be at least 1, not ${count}.` })
  const folder = Option.getOrElse(input.out, () => join("runs", `calibration-${board.id}-${model}`))
  const modes = yield* Modes.board(root)
  const progress = yield* Progress.bar(count)
  const file = join(folder, "timings.jsonl")
  const options = { board, root, model, batches, count, seconds: (60 * minutes) / count, file }
  const timings = yield* OnBoard.measure(options, modes, progress)
  const seen = OnBoard.observations(timings.visits, modes, batches)
  if (seen.length === 0) {
    return yield* new CliError({
      message: `No power mode of this ${board.name} could be profiled; see what was said of each.`
    })
  }
  const command = `edgeol calibrate --model ${model} --modes ${count} --batches ${batches.join()}`
  const made = BoardOutcome.make({ board, model, command, batches, file }, timings, seen)
  yield* Files.change(folder, () => {
    for (const [name, text] of made.files) Files.replace(join(folder, name), text)
  })
  yield* Console.log(
    json ? JSON.stringify({ ...made.said, folder }, null, 2) : [...made.card, `Profiles: ${folder}`].join("\n")
  )
})

const host = Effect.fnUntraced(function* (
  input: Input,
  batches: ReadonlyArray<number>,
  threads: ReadonlyArray<number>
) {
  const { model, minutes, json } = input
  const folder = Option.getOrElse(input.out, () => join("runs", `calibration-${model}`))
  const seconds = 60 * minutes
  const progress = yield* Progress.bar(seconds)
  const file = join(folder, "timings.jsonl")
  const timings = yield* Host.measure({ model, batches, threads, seconds, file }, progress)
  const command = `edgeol calibrate --model ${model} --batches ${batches.join()} --threads ${threads.join()}`
  const note = "mean of the fastest eighth of the steps of each pair of batch and depth, over interleaved passes"
  const profile = Outcome.profile({ name: `host/${model}`, model, command, note }, timings)
  const path = join(folder, "profile.json")
  yield* Files.change(folder, () => Files.replace(path, LayerProfile.print(profile)))
  const { provenance, range, heldOut } = profile.body
  yield* Console.log(
    json
      ? JSON.stringify({ name: profile.body.name, ...provenance, range, heldOut, profile: path }, null, 2)
      : [...Outcome.card(profile), `Profile: ${path}`].join("\n")
  )
})

export const command = Command.make("calibrate", Flags.shown(flags), handle).pipe(
  Command.withDescription("Time training steps on this computer or board, and fit what each layer costs"),
  Command.withExamples([
    {
      command: "edgeol calibrate --model mobilenet --minutes 10",
      description: "Batch sizes, frozen prefixes and threads on this computer; kill it, and it goes on"
    }
  ])
)

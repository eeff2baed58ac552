/** `edgeol meter`: power and energy of this computer, of a command, or of a recorded log. */
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Child from "../meter/Child.ts"
import type { Gauge } from "../meter/Gauge.ts"
import * as Gauges from "../meter/Gauge.ts"
import * as Recorded from "../meter/Recorded.ts"
import * as Watch from "../meter/Watch.ts"
import * as Words from "../meter/Words.ts"

const flags = {
  command: Argument.String("command").pipe(
    Argument.withDescription("A command to run and measure, after --"),
    Argument.variadic()
  ),
  seconds: Flag.Finite("seconds").pipe(
    Flag.withDescription("How long to watch (default: until Ctrl-C)"),
    Flag.optional
  ),
  replay: Flag.String("replay").pipe(
    Flag.withDescription("A recorded tegrastats log instead of a board; - reads standard input"),
    Flag.optional
  ),
  interval: Flag.Finite("interval").pipe(
    Flag.withDescription("Seconds between the lines of a log without times"),
    Flag.withDefault(1)
  ),
  root: Flags.root,
  json: Flags.json
}

interface Input {
  readonly command: ReadonlyArray<string>
  readonly seconds: Option.Option<number>
  readonly replay: Option.Option<string>
  readonly interval: number
  readonly root: string
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const { command, replay, root, json } = input
  const seconds = Option.getOrElse(input.seconds, () => Infinity)
  if (!(seconds > 0)) return yield* new CliError({ message: `--seconds must be above 0, not ${seconds}.` })
  if (Option.isSome(replay)) return yield* recorded(replay.value, input)
  const gauge = yield* Gauges.open(root)
  return yield* command.length > 0 ? measured(gauge, command, json) : watched(gauge, seconds, json)
}, Effect.scoped)

const recorded = Effect.fnUntraced(function* (log: string, { interval, json, command }: Input) {
  if (command.length > 0) {
    return yield* new CliError({ message: "--replay reads a log and runs no command; leave out one of them." })
  }
  const result = yield* Recorded.replay(log, interval)
  yield* Console.log(json ? JSON.stringify(result, null, 2) : Recorded.describe(log, result))
})

/** Ends by a signal, as well as by itself, are ends: what was measured is printed, in one piece. */
const watched = Effect.fnUntraced(function* (gauge: Gauge, seconds: number, json: boolean) {
  const spent = yield* Watch.watch(gauge, { seconds, to: json ? undefined : process.stdout })
  yield* Console.log(json ? JSON.stringify(spent, null, 2) : Words.summary("Total", spent))
  exitWith(0)
}, Effect.uninterruptible)

const measured = Effect.fnUntraced(function* (gauge: Gauge, command: ReadonlyArray<string>, json: boolean) {
  const run = Effect.tap(Child.run(command, json ? "stderr" : "inherit"), (code) => Effect.sync(() => exitWith(code)))
  const [code, spent] = yield* gauge.measure(run)
  if (json) yield* Console.log(JSON.stringify({ command, code, ...spent }, null, 2))
  else yield* Console.error(Words.summary(command.join(" "), spent))
}, Effect.uninterruptible)

/** Whatever the runtime makes of a signal in the meantime, this is the code. */
const exitWith = (code: number): void => {
  process.once("exit", (otherwise) => (process.exitCode = code === 0 && otherwise === 1 ? 1 : code))
}

export const command = Command.make("meter", Flags.shown(flags), handle).pipe(
  Command.withDescription("Show live power, or measure the energy of a command or of a recorded log"),
  Command.withExamples([
    { command: "edgeol meter", description: "Watts of each rail and joules so far, until Ctrl-C" },
    { command: "edgeol meter -- python train.py", description: "Energy of a command" },
    { command: "edgeol meter --replay tegrastats.log --json", description: "Energy in a recorded log" }
  ])
)

/** The `edgeol` command: runs what the command line asks for. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect } from "effect"
import { CliError as Usage, CliOutput, Command } from "effect/cli"

/** In the order of `--help`. Loading all of them takes two to four times as long as loading one. */
const commands = {
  demo: () => import("./commands/Demo.ts"),
  run: () => import("./commands/Run.ts"),
  compare: () => import("./commands/Compare.ts"),
  simulate: () => import("./commands/Simulate.ts"),
  emulate: () => import("./commands/Emulate.ts"),
  agent: () => import("./commands/Agent.ts"),
  evaluate: () => import("./commands/Evaluate.ts"),
  report: () => import("./commands/Report.ts"),
  replay: () => import("./commands/Replay.ts"),
  optimum: () => import("./commands/Optimum.ts"),
  sweep: () => import("./commands/Sweep.ts"),
  atlas: () => import("./commands/Atlas.ts"),
  fit: () => import("./commands/Fit.ts"),
  fidelity: () => import("./commands/Fidelity.ts"),
  calibrate: () => import("./commands/Calibrate.ts"),
  meter: () => import("./commands/Meter.ts"),
  modes: () => import("./commands/Modes.ts"),
  verify: () => import("./commands/Verify.ts"),
  keys: () => import("./commands/Keys.ts"),
  bundle: () => import("./commands/Bundle.ts"),
  deploy: () => import("./commands/Deploy.ts"),
  status: () => import("./commands/Status.ts"),
  logs: () => import("./commands/Logs.ts"),
  pull: () => import("./commands/Pull.ts"),
  rollback: () => import("./commands/Rollback.ts"),
  doctor: () => import("./commands/Doctor.ts")
}

/** The one that a command line names; all where it names none, or asks for what is made of all. */
const asked = async ([name = "", ...rest]: ReadonlyArray<string>) => {
  const ofAll = rest.some((arg) => /^--(wizard|completions)(=|$)/.test(arg))
  const loads =
    Object.hasOwn(commands, name) && !ofAll ? [commands[name as keyof typeof commands]] : Object.values(commands)
  const modules = await Promise.all(loads.map((load) => load()))
  return modules.map(({ command }) => command)
}

const edgeol = Command.make("edgeol").pipe(
  Command.withDescription("Decide when to fine-tune on an edge device, and what"),
  Command.withSubcommands(await asked(process.argv.slice(2)))
)

/** Errors that name their remedy are printed as they are; anything else is a bug and shows where it happened. */
const explain = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  const expected = typeof error === "object" && error !== null && "_tag" in error && "message" in error
  process.stderr.write(`${expected ? String(error.message) : Cause.pretty(cause)}\n`)
}

/** Says what is wrong with a command line in a sentence; effect/cli would print the whole help before it. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(`${event.errors.map(usage).join(" ")}\nSee ${event.commandPath.join(" ")} --help.`)
      : CliOutput.defaultPresenter.present(event)
}

/** On one line, with a full stop. */
const usage = ({ message }: Usage.CliError) =>
  message
    .replace(/("-?\d{16,}"\. Expected an integer)\b/, `$1 of at most ${Number.MAX_SAFE_INTEGER}`)
    .replace(/\s*Did you mean this\?(.*)/s, "; did you mean$1?")
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[^.?]$/, "$&.")

Command.run(edgeol, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => Effect.sync(() => Usage.isCliError(Cause.squash(cause)) || explain(cause))),
  Effect.provide(CliOutput.layerPresenter(presenter)),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

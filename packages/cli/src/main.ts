/** The `edgeol` command. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Effect } from "effect"
import { CliError as Usage, CliOutput, Command } from "effect/cli"
import * as Agent from "./commands/Agent.ts"
import * as Atlas from "./commands/Atlas.ts"
import * as Bundle from "./commands/Bundle.ts"
import * as Calibrate from "./commands/Calibrate.ts"
import * as Compare from "./commands/Compare.ts"
import * as Demo from "./commands/Demo.ts"
import * as Deploy from "./commands/Deploy.ts"
import * as Doctor from "./commands/Doctor.ts"
import * as Emulate from "./commands/Emulate.ts"
import * as Evaluate from "./commands/Evaluate.ts"
import * as Fidelity from "./commands/Fidelity.ts"
import * as Fit from "./commands/Fit.ts"
import * as Keys from "./commands/Keys.ts"
import * as Logs from "./commands/Logs.ts"
import * as Meter from "./commands/Meter.ts"
import * as Modes from "./commands/Modes.ts"
import * as Optimum from "./commands/Optimum.ts"
import * as Pull from "./commands/Pull.ts"
import * as Replay from "./commands/Replay.ts"
import * as Report from "./commands/Report.ts"
import * as Rollback from "./commands/Rollback.ts"
import * as Run from "./commands/Run.ts"
import * as Simulate from "./commands/Simulate.ts"
import * as Status from "./commands/Status.ts"
import * as Sweep from "./commands/Sweep.ts"
import * as Verify from "./commands/Verify.ts"

const edgeol = Command.make("edgeol").pipe(
  Command.withDescription("Decide when to fine-tune on an edge device, and what"),
  Command.withSubcommands([
    Demo.command,
    Run.command,
    Compare.command,
    Simulate.command,
    Emulate.command,
    Agent.command,
    Evaluate.command,
    Report.command,
    Replay.command,
    Optimum.command,
    Sweep.command,
    Atlas.command,
    Fit.command,
    Fidelity.command,
    Calibrate.command,
    Meter.command,
    Modes.command,
    Verify.command,
    Keys.command,
    Bundle.command,
    Deploy.command,
    Status.command,
    Logs.command,
    Pull.command,
    Rollback.command,
    Doctor.command
  ])
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

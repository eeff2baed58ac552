/** The `edgeol` command. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Effect } from "effect"
import { CliError as Usage, Command } from "effect/cli"
import * as Compare from "./commands/Compare.ts"
import * as Demo from "./commands/Demo.ts"
import * as Doctor from "./commands/Doctor.ts"
import * as Report from "./commands/Report.ts"
import * as Run from "./commands/Run.ts"

const edgeol = Command.make("edgeol").pipe(
  Command.withDescription("Decide when to fine-tune on an edge device, and what"),
  Command.withSubcommands([Demo.command, Run.command, Compare.command, Report.command, Doctor.command])
)

/** Errors that name their remedy are printed as they are; anything else is a bug and shows where it happened. */
const explain = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  const expected = typeof error === "object" && error !== null && "_tag" in error && "message" in error
  process.stderr.write(`${expected ? String(error.message) : Cause.pretty(cause)}\n`)
}

Command.run(edgeol, { version: "0.1.0" }).pipe(
  Effect.tapCause((cause) => Effect.sync(() => Usage.isCliError(Cause.squash(cause)) || explain(cause))),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

/** `edgeol doctor`: what this machine has and lacks. */
import * as Machine from "@edgeol/backends/tensorflow/Doctor"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import * as Flags from "../Flags.ts"

export const command = Command.make(
  "doctor",
  { json: Flags.json },
  Effect.fn(function* ({ json }) {
    const findings = yield* Machine.report
    const ok = findings.every((finding) => finding.ok)
    yield* Console.log(json ? JSON.stringify({ ok, findings }, null, 2) : findings.map(text).join("\n"))
    if (!ok) process.exitCode = 1
  })
).pipe(Command.withDescription("Say what training needs, what was found, and what to do about each thing missing"))

const text = ({ name, ok, found, remedy }: Machine.Finding) =>
  `${ok ? "✓" : "✗"} ${name.padEnd(13)} ${found}${remedy === undefined ? "" : `\n  ${" ".repeat(13)} ${remedy}`}`

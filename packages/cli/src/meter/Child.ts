/** A command run as the shell would, in the terminal of this one. */
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"

/**
 * Runs a command to its end and gives its exit code: 128 and the signal's number where a signal ended it.
 * Ctrl-C reaches it through the terminal; other signals are passed on. It is waited for in any case.
 */
export const run = (command: ReadonlyArray<string>, stdout: "inherit" | "stderr"): Effect.Effect<number, CliError> =>
  Effect.uninterruptible(
    Effect.callback((resume) => {
      const [program = "", ...args] = command
      const child = spawn(program, args, { stdio: ["inherit", stdout === "inherit" ? "inherit" : 2, "inherit"] })
      const forget = passing((signal) => child.kill(signal))
      child.once("error", (error) => (forget(), resume(Effect.fail(failed(program, error)))))
      child.once("exit", (code, signal) => {
        forget()
        resume(Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
      })
    })
  )

const passing = (to: (signal: NodeJS.Signals) => void): (() => void) => {
  const signals = ["SIGTERM", "SIGHUP"] as const
  for (const signal of signals) process.on(signal, to)
  return () => signals.forEach((signal) => process.off(signal, to))
}

const failed = (program: string, error: Error): CliError =>
  new CliError({
    message:
      "code" in error && error.code === "ENOENT"
        ? `There is no command "${program}"; check its name, and that it is on the PATH.`
        : `"${program}" cannot be run: ${Files.reason(error)}; check that it is a program.`
  })

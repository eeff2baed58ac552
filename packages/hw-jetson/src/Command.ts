/** Runs a program of the board; an argument of whatever needs one, so that tests give a PATH of their own. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import type { PowerModeError } from "./PowerModeError.ts"
import { because } from "./PowerModeError.ts"

export interface Output {
  readonly code: number
  readonly text: string
}

/** Standard output and error together, in that order; a program that does not exist fails. */
export type Runner = (program: string, args: ReadonlyArray<string>) => Effect.Effect<Output, PowerModeError>

/** Looks in `path`, a list as in PATH. Asked a question, the program reads the end of its input, never an answer. */
export const runner =
  (path: string = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin`): Runner =>
  (program, args) =>
    Effect.callback<Output, PowerModeError>((resume) => {
      const child = execFile(
        program,
        [...args],
        { env: { ...process.env, PATH: path, LC_ALL: "C" }, timeout: 30_000 },
        (error, stdout, stderr) => resume(outcome(program, error, `${stdout}${stderr}`))
      )
      child.stdin?.on("error", () => {})
      child.stdin?.end()
      return Effect.sync(() => void child.kill())
    })

const outcome = (
  program: string,
  error: { readonly code?: string | number | null | undefined; readonly killed?: boolean | undefined } | null,
  text: string
): Effect.Effect<Output, PowerModeError> => {
  if (error?.code === "ENOENT")
    return Effect.fail(
      because("NoCommand", `${program} is not installed here; power modes can be set on a Jetson only.`)
    )
  if (error?.code === "EACCES")
    return Effect.fail(because("PermissionDenied", `${program} may not be run by this user; use sudo.`))
  if (error?.killed === true) return Effect.fail(because("NotSet", `${program} gave no answer in 30 s.`))
  return Effect.succeed({ code: typeof error?.code === "number" ? error.code : 0, text })
}

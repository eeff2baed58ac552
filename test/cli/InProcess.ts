/** Runs one command in this process, with what it prints caught: a tenth of the time of a process of its own. */
import { Console, Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { Command } from "effect/cli"
import { ChildProcessSpawner } from "effect/process"

export interface Said {
  readonly stdout: string
  readonly stderr: string
  /** The message of the error it ended with. */
  readonly error: string | undefined
}

export const run = async <Name extends string, Input, Context, E>(
  command: Command.Command<Name, Input, Context, E>,
  ...flags: ReadonlyArray<string>
): Promise<Said> => {
  const said = { stdout: "", stderr: "" }
  const console: Console.Console = {
    ...globalThis.console,
    log: (text: string) => (said.stdout += `${text}\n`),
    error: (text: string) => (said.stderr += `${text}\n`)
  }
  const ended = Command.runWith(command, { version: "0" })(flags).pipe(
    Effect.match({ onSuccess: () => undefined, onFailure: (error) => (error as Error).message }),
    Effect.provideService(Console.Console, console),
    Effect.provide(surroundings)
  )
  return { error: await Effect.runPromise(ended), ...said }
}

/** What the parser of commands could ask for, and these commands do not. */
const surroundings = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: Effect.die("unused"),
      readInput: Effect.die("unused"),
      readLine: Effect.die("unused"),
      display: () => Effect.void
    })
  ),
  Layer.succeed(
    ChildProcessSpawner.ChildProcessSpawner,
    ChildProcessSpawner.make(() => Effect.die("unused"))
  )
)

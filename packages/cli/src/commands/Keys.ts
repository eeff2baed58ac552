/** `edgeol keys`: a pair of keys, to sign certificates and releases with. */
import { closeSync, fsyncSync, openSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import * as Keys from "@edgeol/deploy/Keys"
import { Console, Effect, Result } from "effect"
import { Argument, Command } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"

const flags = {
  file: Argument.String("file").pipe(
    Argument.withDescription("The private key; the public one is beside it, with .pub added"),
    Argument.withDefault("edgeol.key")
  ),
  json: Flags.json
}

const handle = Effect.fn(function* ({ file, json }: { readonly file: string; readonly json: boolean }) {
  if (file === "") return yield* new CliError({ message: "Name the file of the key, as in edgeol keys robot.key." })
  const { privateKey, publicKey } = Keys.make()
  const id = Keys.id(Result.getOrThrow(Keys.publicKey(publicKey, file)))
  yield* Effect.try({
    try: () => {
      Files.folder(dirname(file))
      write(file, privateKey, 0o600)
      write(`${file}.pub`, publicKey, 0o644)
    },
    catch: (error) => new CliError({ message: `Cannot write ${file}: ${Files.reason(error)}; name another file.` })
  })
  yield* Console.log(
    json
      ? JSON.stringify({ id, privateKey: file, publicKey: `${file}.pub` })
      : `Key ${id}: keep ${file} to yourself; devices that should trust it get ${file}.pub.`
  )
})

/** A new file; a key that is there already is never replaced. */
const write = (path: string, text: string, mode: number) => {
  const file = openSync(path, "wx", mode)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export const command = Command.make("keys", Flags.shown(flags), handle).pipe(
  Command.withDescription("Make a pair of Ed25519 keys, to sign certificates and releases with")
)

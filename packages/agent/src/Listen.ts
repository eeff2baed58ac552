/** The API's two doors: a Unix socket that its owner alone may use, and a port of the loopback. */
import { chmodSync, lstatSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { connect } from "node:net"
import { Effect } from "effect"
import { AgentError, reason } from "./AgentError.ts"

/**
 * Listens until the scope ends. Fails where another agent already does; a socket that one left behind is removed, and
 * nothing else ever is.
 */
export const socket = Effect.fnUntraced(function* (server: Server, path: string) {
  if (path.length > 100) {
    return yield* new AgentError({
      message: `The socket's path ${path} is too long for Unix; name another with --socket.`
    })
  }
  if (yield* answers(path)) {
    return yield* new AgentError({ message: `An agent listens on ${path} already; stop it, or name another --socket.` })
  }
  yield* Effect.try({ try: () => clear(path), catch: (error) => refused(path, error) })
  const umask = process.umask(0o177)
  yield* Effect.ensuring(
    listen(server, { path }, path),
    Effect.sync(() => process.umask(umask))
  )
  chmodSync(path, 0o600)
})

/** Throws where there is anything but a socket. */
const clear = (path: string) => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw new Error("something else than a socket is there")
  rmSync(path)
}

/** Gives the port: the one that was asked for, or, for 0, a free one. */
export const port = Effect.fnUntraced(function* (server: Server, asked: number) {
  if (asked < 0 || asked > 65535) {
    return yield* new AgentError({ message: `--port must be from 0 to 65535, not ${asked}.` })
  }
  yield* listen(server, { host: "127.0.0.1", port: asked }, `port ${asked}`)
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : asked
})

/** Whether both doors can be opened: they are, and closed again. */
export const rehearse = (path: string, asked: number) =>
  Effect.scoped(Effect.andThen(socket(createServer(), path), port(createServer(), asked)))

const listen = (server: Server, where: object, name: string) =>
  Effect.acquireRelease(
    Effect.callback<void, AgentError>((done) => {
      server.once("error", (error) => done(Effect.fail(refused(name, error))))
      server.listen(where, () => done(Effect.void))
    }),
    () =>
      Effect.callback<void>((done) => {
        server.close(() => done(Effect.void))
        server.closeAllConnections()
      })
  )

const refused = (name: string, error: unknown) =>
  new AgentError({
    message: `Cannot listen on ${name}: ${why(error)}; name another with ${name.startsWith("port ") ? "--port" : "--socket"}.`
  })

/** What the system says, without its call, its code and the address. */
const why = (error: unknown): string => reason(error).replace(/^listen E[A-Z]+: (.*?)( \S*[:/]\S*)?$/, "$1")

const answers = (path: string): Effect.Effect<boolean> =>
  Effect.callback((done) => {
    const tried = connect(path)
    tried.once("connect", () => {
      tried.destroy()
      done(Effect.succeed(true))
    })
    tried.once("error", () => done(Effect.succeed(false)))
  })

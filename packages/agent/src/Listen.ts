/** The API's two doors: a Unix socket that its owner alone may use, and a port of the loopback. */
import { chmodSync, existsSync, rmSync } from "node:fs"
import type { Server } from "node:http"
import { connect } from "node:net"
import { Effect } from "effect"
import { AgentError, reason } from "./AgentError.ts"

/** Listens until the scope ends. Fails where another agent already does; a socket that one left behind is removed. */
export const socket = Effect.fnUntraced(function* (server: Server, path: string) {
  if (path.length > 100) {
    return yield* new AgentError({
      message: `The socket's path ${path} is too long for Unix; name another with --socket.`
    })
  }
  if (yield* answers(path)) {
    return yield* new AgentError({ message: `An agent listens on ${path} already; stop it, or name another --socket.` })
  }
  if (existsSync(path)) rmSync(path)
  const umask = process.umask(0o177)
  yield* Effect.ensuring(
    listen(server, { path }, path),
    Effect.sync(() => process.umask(umask))
  )
  chmodSync(path, 0o600)
})

/** Gives the port: the one that was asked for, or, for 0, a free one. */
export const port = Effect.fnUntraced(function* (server: Server, asked: number) {
  yield* listen(server, { host: "127.0.0.1", port: asked }, `port ${asked}`)
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : asked
})

const listen = (server: Server, where: object, name: string) =>
  Effect.acquireRelease(
    Effect.callback<void, AgentError>((done) => {
      server.once("error", (error) =>
        done(Effect.fail(new AgentError({ message: `Cannot listen on ${name}: ${reason(error)}; name another.` })))
      )
      server.listen(where, () => done(Effect.void))
    }),
    () =>
      Effect.callback<void>((done) => {
        server.close(() => done(Effect.void))
        server.closeAllConnections()
      })
  )

const answers = (path: string): Effect.Effect<boolean> =>
  Effect.callback((done) => {
    const tried = connect(path)
    tried.once("connect", () => {
      tried.destroy()
      done(Effect.succeed(true))
    })
    tried.once("error", () => done(Effect.succeed(false)))
  })

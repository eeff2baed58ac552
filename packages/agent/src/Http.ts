/**
 * A small HTTP server with limits: on sizes, on the time that headers and bodies may take, on connections and on requests
 * a second. Whatever is refused is answered with `{"error": "one sentence"}`.
 *
 * On node:http itself: the limits are options and events of its server, and a request that the loop answers needs no
 * fiber of its own.
 */
import * as http from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"

export interface Limits {
  readonly connections: number
  /** Of all clients together; as many at once as in a second. */
  readonly requestsPerSecond: number
  readonly headerBytes: number
  readonly bodyBytes: number
  /** Until the headers are complete, and until all of the request is. */
  readonly headerSeconds: number
  readonly requestSeconds: number
}

export const limits: Limits = {
  connections: 64,
  requestsPerSecond: 5000,
  headerBytes: 8192,
  bodyBytes: 2 ** 23,
  headerSeconds: 5,
  requestSeconds: 15
}

/** What a request is refused with. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

/** A server that does not listen yet. */
export const server = (limits: Limits, handle: Handle): http.Server => {
  const pace = bucket(limits.requestsPerSecond)
  const made = http.createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerSeconds * 1000,
      requestTimeout: limits.requestSeconds * 1000,
      keepAliveTimeout: 30_000,
      connectionsCheckingInterval: Math.min(1000, limits.headerSeconds * 250),
      noDelay: true
    },
    (request, response) => void answer(request, response, pace, handle)
  )
  made.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => lost(error, socket, limits))
  let open = 0
  made.prependListener("connection", (socket: Socket) => {
    open += 1
    socket.once("close", () => (open -= 1))
    if (open > limits.connections) {
      hangUp(socket, 503, `There are ${limits.connections} connections already; close one or come again later.`)
    }
  })
  return made
}

/** Answers, or says in a sentence why not. */
const answer = async (request: IncomingMessage, response: ServerResponse, pace: () => boolean, handle: Handle) => {
  try {
    if (!pace()) throw new Refused(429, "These are too many requests in a second; send fewer.")
    await handle(request, response)
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error)
    const [status, message] = error instanceof Refused ? [error.status, error.message] : [500, "The agent failed."]
    if (response.headersSent) response.destroy()
    else refuse(request, response, status, message)
  }
}

const refuse = (request: IncomingMessage, response: ServerResponse, status: number, message: string) => {
  // What is left of the body will not be read.
  if (!request.complete) response.setHeader("connection", "close")
  json(response, status, { error: message })
}

export const json = (response: ServerResponse, status: number, value: unknown): void =>
  text(response, status, "application/json", JSON.stringify(value))

/** Head and body, both texts, go out in one piece. */
export const text = (response: ServerResponse, status: number, type: string, content: string): void => {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(content) }).end(content)
}

/** The whole body. Throws `Refused` when it is larger than `most`. */
export const body = (request: IncomingMessage, most: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const tooLarge = () => new Refused(413, `The body is larger than ${most} bytes; send less at a time.`)
    if (Number(request.headers["content-length"] ?? 0) > most) return reject(tooLarge())
    const chunks: Array<Buffer> = []
    let bytes = 0
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > most) reject(tooLarge())
      else chunks.push(chunk)
    })
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.once("error", () => reject(new Refused(400, "The body was cut off; send all of it.")))
  })

/** True as long as there are no more than so many in a second. */
const bucket = (perSecond: number): (() => boolean) => {
  let left = perSecond
  let filled = performance.now()
  return () => {
    const now = performance.now()
    left = Math.min(perSecond, left + ((now - filled) / 1000) * perSecond)
    filled = now
    if (left < 1) return false
    left -= 1
    return true
  }
}

const lost = (error: NodeJS.ErrnoException, socket: Socket, { headerBytes }: Limits) => {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy()
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") hangUp(socket, 408, "The request took too long; send it at once.")
  else if (error.code === "HPE_HEADER_OVERFLOW")
    hangUp(socket, 431, `The headers are larger than ${headerBytes} bytes; send fewer.`)
  else hangUp(socket, 400, "This is no HTTP request; see the paths that the agent answers to.")
}

const hangUp = (socket: Socket, status: number, message: string) => {
  const content = JSON.stringify({ error: message })
  socket.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(content)}\r\nconnection: close\r\n\r\n${content}`,
    () => socket.destroy()
  )
}

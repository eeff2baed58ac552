/** Talks to an agent as a program on the device does. */
import * as http from "node:http"
import type { Examples } from "@edgeol/core/Examples"
import * as Toy from "./Toy.ts"

/** Over the Unix socket, or the loopback with its token. */
export type Door = { readonly socketPath: string } | { readonly port: number; readonly token?: string }

export interface Answer {
  readonly status: number
  readonly text: string
  readonly json: any
}

export const send = (
  door: Door,
  method: string,
  path: string,
  body: Uint8Array | string = "",
  headers: http.OutgoingHttpHeaders = {}
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const where = "socketPath" in door ? { socketPath: door.socketPath } : { host: "127.0.0.1", port: door.port }
    const auth = "token" in door ? { authorization: `Bearer ${door.token}` } : {}
    const options = {
      ...where,
      method,
      path,
      agent: false,
      headers: { ...auth, "content-length": body.length, ...headers }
    }
    const request = http.request(options, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => resolve(read(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
      response.on("error", reject)
    })
    request.on("error", reject)
    request.end(body)
  })

const read = (status: number, text: string): Answer => ({ status, text, json: parsed(text) })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const get = (door: Door, path: string) => send(door, "GET", path)

export const predict = (door: Door, input: Uint8Array) => send(door, "POST", "/predict", input)

/** Labelled samples in one piece; `requests` says which answers they are the truth of. */
export const teach = (door: Door, examples: Examples, requests: ReadonlyArray<string> = []) =>
  send(
    door,
    "POST",
    "/samples",
    JSON.stringify({
      samples: Array.from(examples.labels, (label, i) => ({
        label,
        input: Buffer.from(Toy.image(examples, i)).toString("base64"),
        ...(requests[i] === undefined ? {} : { request: requests[i] })
      }))
    })
  )

/** A number of `GET /metrics`. */
export const metric = async (door: Door, name: string): Promise<number> => {
  const { text } = await get(door, "/metrics")
  const line = text.split("\n").find((candidate) => candidate.startsWith(`edgeol_${name} `))
  return Number(line?.split(" ")[1])
}

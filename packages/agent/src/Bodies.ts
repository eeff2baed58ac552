/** What clients send: one input to be answered, or labelled samples to be learnt. */
import type { Examples } from "@edgeol/core/Examples"
import type { Labelled } from "./Inbox.ts"
import { Refused } from "./Http.ts"

/** What a model takes and says. */
export interface Model {
  readonly shape: Examples["shape"]
  readonly classes: ReadonlyArray<string>
}

export const size = ({ shape }: Model): number => shape[0] * shape[1] * shape[2]

/** An input to be answered. */
export type Input = Examples

/** One input: its bytes, or `{"input": base64}`. */
export const input = (model: Model, type: string | undefined, body: Buffer): Input => {
  const bytes = type?.startsWith("application/json") === true ? inputOf(fields(body), "input", model) : body
  if (bytes.length !== size(model)) throw wrongSize("the body", bytes.length, model)
  return { count: 1, shape: model.shape, inputs: bytes, labels: new Int32Array(1) }
}

/** Samples, and for each the number of the request that it is the answer to, where one was given. */
export interface Taught extends Labelled {
  readonly requests: ReadonlyArray<string | undefined>
}

/** `{"samples": [{"label", "input", "request"?}, …]}`; a label is a class's position or name, an input base64. */
export const samples = (model: Model, body: Buffer): Taught => {
  const list = fields(body).samples
  if (!Array.isArray(list) || list.length === 0) throw bad('The body must be {"samples": [{"label", "input"}, …]}.')
  const inputs = new Uint8Array(list.length * size(model))
  const labels = list.map((sample: unknown, i) => {
    const at = `samples[${i}]`
    if (typeof sample !== "object" || sample === null) throw bad(`${at} must be {"label", "input"}.`)
    inputs.set(inputOf(sample, `${at}.input`, model), i * size(model))
    return label((sample as { label?: unknown }).label, at, model)
  })
  const requests = list.map(({ request }: { request?: unknown }) => (typeof request === "string" ? request : undefined))
  return { labels, inputs, requests }
}

const fields = (body: Buffer): { readonly [field: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"))
    if (typeof value === "object" && value !== null) return value as { readonly [field: string]: unknown }
  } catch {
    // Told below.
  }
  throw bad("The body is no JSON object; send one with content-type application/json.")
}

const inputOf = (of: object, at: string, model: Model): Uint8Array => {
  const text = (of as { input?: unknown }).input
  if (typeof text !== "string") throw bad(`${at} must be base64.`)
  const bytes = Buffer.from(text, "base64")
  if (bytes.length !== size(model)) throw wrongSize(at, bytes.length, model)
  return bytes
}

const label = (value: unknown, at: string, { classes }: Model): number => {
  const place = typeof value === "string" ? classes.indexOf(value) : value
  if (typeof place === "number" && Number.isInteger(place) && place >= 0 && place < classes.length) return place
  throw bad(
    `${at}.label must be from 0 to ${classes.length - 1}, or the name of a class, not ${JSON.stringify(value)}.`
  )
}

const bad = (message: string) => new Refused(400, message)

const wrongSize = (what: string, bytes: number, model: Model) =>
  bad(`An input has ${size(model)} bytes (${model.shape.join(" x ")}), and ${what} has ${bytes}.`)

/**
 * Texts that are obeyed only if somebody trusted signed them: detached, as a line `key signature`, or sealed, as JSON
 * `{ body, key, signature }` whose text depends on its content alone, so that every other text is refused.
 *
 * The format is signed too: what was signed as one thing is never taken for another.
 */
import { type KeyObject, sign, verify } from "node:crypto"
import { canonical } from "@edgeol/sim/Canonical"
import { Result, Schema } from "effect"
import * as Keys from "./Keys.ts"

/** Why a text is refused, as the rest of a sentence that begins with its name. */
export interface Refusal {
  readonly reason: "Damaged" | "UnknownKey"
  readonly why: string
}

/** The signature of a text, on a line of its own. */
export const detached = (format: string, text: string, privateKey: KeyObject): string =>
  `${Keys.id(privateKey)} ${signed(format, text, privateKey)}\n`

/** The text, if the line is its signature by one of these keys. */
export const check = (
  format: string,
  text: string,
  line: string,
  trusted: ReadonlyArray<KeyObject>
): Result.Result<string, Refusal> => {
  const [, key, signature] = /^([0-9a-f]{16}) ([\w+/=]+)\n$/.exec(line) ?? []
  if (key === undefined || signature === undefined) return damaged
  return Result.map(by(format, text, { key, signature }, trusted), () => text)
}

export const seal = (format: string, body: unknown, privateKey: KeyObject): string => {
  const signature = signed(format, canonical(body), privateKey)
  return printed({ body: body as Sealed["body"], key: Keys.id(privateKey), signature })
}

/** The body of a sealed text. */
export const open = (
  format: string,
  text: string,
  trusted: ReadonlyArray<KeyObject>
): Result.Result<unknown, Refusal> => {
  const sealed = read(text)
  if (sealed === undefined) return damaged
  return Result.map(by(format, canonical(sealed.body), sealed, trusted), () => sealed.body)
}

const Sealed = Schema.Struct({ body: Schema.Json, key: Schema.String, signature: Schema.String })
type Sealed = typeof Sealed.Type

/** The key that signed a text. Several texts in base64 stand for the same bytes; only the one that is printed will do. */
const by = (
  format: string,
  text: string,
  { key: id, signature }: Pick<Sealed, "key" | "signature">,
  trusted: ReadonlyArray<KeyObject>
): Result.Result<KeyObject, Refusal> => {
  const key = trusted.find((one) => Keys.id(one) === id)
  if (key === undefined) {
    return Result.fail({ reason: "UnknownKey", why: `is signed with the key ${id}, which is not trusted here` })
  }
  const bytes = Buffer.from(signature, "base64")
  const genuine = bytes.toString("base64") === signature && verify(null, message(format, text), key, bytes)
  return genuine ? Result.succeed(key) : damaged
}

const damaged = Result.fail<Refusal>({
  reason: "Damaged",
  why: "is not what was signed; fetch it anew from where it was"
})

const signed = (format: string, text: string, privateKey: KeyObject) =>
  sign(null, message(format, text), privateKey).toString("base64")

const message = (format: string, text: string) => Buffer.from(`${format}\n${text}`)

/** Only if the text is the one that its content is printed as. */
const read = (text: string): Sealed | undefined => {
  const parsed = Result.try({ try: () => JSON.parse(text) as unknown, catch: () => undefined })
  const decoded = Result.flatMap(parsed, Schema.decodeUnknownResult(Sealed, { onExcessProperty: "error" }))
  if (Result.isFailure(decoded)) return undefined
  return printed(decoded.success) === text ? decoded.success : undefined
}

const printed = (sealed: Sealed) => `${JSON.stringify(JSON.parse(canonical(sealed)), null, 2)}\n`

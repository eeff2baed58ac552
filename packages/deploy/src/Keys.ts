/** Ed25519 keys (RFC 8032) as PEM texts, which openssl and ssh-keygen read too: PKCS #8 for private ones, SPKI for public. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { Result, Schema } from "effect"

/** A key that cannot be used: which, and what to do. */
export class KeyError extends Schema.TaggedError<KeyError>()("KeyError", { message: Schema.String }) {}

export interface Pair {
  readonly privateKey: string
  readonly publicKey: string
}

/** A new pair, drawn by the operating system's generator. */
export const make = (): Pair =>
  generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  })

/** `file` is for the message. */
export const privateKey = (text: string, file: string): Result.Result<KeyObject, KeyError> =>
  ed25519(() => createPrivateKey(text), file, "a private Ed25519 key")

/** The public key of a text; also of a private key's, which holds it. */
export const publicKey = (text: string, file: string): Result.Result<KeyObject, KeyError> =>
  ed25519(() => createPublicKey(text), file, "an Ed25519 key")

/** The public half, as text. */
export const publicText = (key: KeyObject): string => publicOf(key).export({ type: "spki", format: "pem" }).toString()

/** Sixteen hexadecimal digits to tell keys apart by; of a private key, those of its public half. */
export const id = (key: KeyObject): string =>
  createHash("sha256")
    .update(publicOf(key).export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16)

const publicOf = (key: KeyObject): KeyObject => (key.type === "private" ? createPublicKey(key) : key)

const ed25519 = (read: () => KeyObject, file: string, what: string): Result.Result<KeyObject, KeyError> => {
  const message = `${file} holds no ${what.replace(/^an? /, "")}; make a pair with edgeol keys.`
  const key = Result.try({ try: read, catch: () => new KeyError({ message }) })
  return Result.filterOrFail(
    key,
    ({ asymmetricKeyType }) => asymmetricKeyType === "ed25519",
    () => new KeyError({ message })
  )
}

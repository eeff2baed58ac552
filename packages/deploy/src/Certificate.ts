/**
 * What somebody signs for: this policy, with this cost profile, was tried in these scenarios and keeps these promises.
 * A device runs a policy only under a certificate that it can open and that fits what it was sent.
 */
import type { KeyObject } from "node:crypto"
import * as Envelope from "@edgeol/core/guards/Envelope"
import { Result, Schema } from "effect"
import * as Signature from "./Signature.ts"

export const format = "edgeol-certificate@1"

export const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "a SHA-256" }))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Named = Schema.Struct({ name: Schema.String, sha256: Sha256 })

export const Certificate = Schema.Struct({
  format: Schema.Literal(format),
  /** Grows with each certificate that somebody signs for a device; a lower one is never obeyed. */
  version: Count,
  policy: Schema.Struct({
    /** As it is typed: `edgeol`, `periodic:4+linear`, or a file. */
    specification: Schema.String,
    config: Schema.Json,
    /** Of the whole module graph: the files below, by name and content. */
    modules: Sha256,
    files: Schema.Array(Schema.Struct({ path: Schema.String, sha256: Sha256 }))
  }),
  /** The seconds and watts that it was tried with. */
  profile: Named,
  scenarios: Schema.Array(Named),
  envelope: Envelope.Envelope,
  tested: Schema.Struct({
    /** Runs. */
    cases: Count,
    seeds: Schema.Array(Schema.Int),
    versions: Schema.Record(Schema.String, Schema.String),
    /** The worst of all runs. */
    worst: Envelope.Standing
  }),
  /** When, as an ISO 8601 date in UTC. */
  issued: Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, { expected: "a date" }))
})
export type Certificate = typeof Certificate.Type

/** `Damaged`: not what was signed; `UnknownKey`: signed by nobody trusted; `Unknown`: signed, but in another format. */
export class CertificateError extends Schema.TaggedError<CertificateError>()("CertificateError", {
  reason: Schema.Literals(["Damaged", "UnknownKey", "Unknown"]),
  message: Schema.String
}) {}

/** The text of the signed certificate. */
export const sign = (certificate: Certificate, privateKey: KeyObject): string =>
  Signature.seal(format, Schema.encodeSync(Certificate)(certificate), privateKey)

/** The certificate, if one of these keys signed exactly this text. */
export const open = (text: string, trusted: ReadonlyArray<KeyObject>): Result.Result<Certificate, CertificateError> => {
  const body = Result.mapError(
    Signature.open(format, text, trusted),
    ({ reason, why }) => new CertificateError({ reason, message: `The certificate ${why}.` })
  )
  return Result.flatMap(body, (of) =>
    Result.mapError(Schema.decodeUnknownResult(Certificate, { onExcessProperty: "error" })(of), ({ message }) =>
      unknown(message)
    )
  )
}

const unknown = (issue: string) =>
  new CertificateError({
    reason: "Unknown",
    message: `The certificate was signed by another version of edgeol (${issue.replace(/\s+/g, " ")}); verify the policy anew.`
  })

/**
 * Tensors in a file: the safetensors format (8 bytes little-endian header length, JSON header with names, shapes and
 * offsets, then the numbers), which other tools read too. A SHA-256 in the metadata covers the whole file.
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type * as Weights from "./Weights.ts"

export interface Content {
  readonly arrays: Weights.Arrays
  readonly metadata: Readonly<Record<string, string>>
}

const Entry = Schema.Struct({
  dtype: Schema.Literal("F32"),
  shape: Schema.Array(Schema.Number),
  data_offsets: Schema.Tuple([Schema.Number, Schema.Number])
})
const Metadata = Schema.Record(Schema.String, Schema.String)
const Entries = Schema.Record(Schema.String, Entry)

/** Stands in the header while the digest is taken. */
const blank = "0".repeat(64)

export const encode = ({ arrays, metadata }: Content): Uint8Array => {
  let at = 0
  const entries: Record<string, typeof Entry.Type> = {}
  for (const [name, { shape, values }] of arrays) {
    entries[name] = { dtype: "F32", shape, data_offsets: [at, at + values.byteLength] }
    at += values.byteLength
  }
  const header = padded(JSON.stringify({ __metadata__: { ...metadata, sha256: blank }, ...entries }))
  const bytes = Buffer.alloc(8 + header.length + at)
  bytes.writeBigUInt64LE(BigInt(header.length))
  bytes.write(header, 8, "latin1")
  at = 8 + header.length
  for (const { values } of arrays.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  bytes.write(sha256(bytes), 8 + header.indexOf(blank), "latin1")
  return bytes
}

/** Throws an `Error` that says what is wrong with the bytes. */
export const decode = (bytes: Buffer): Content => {
  const header = headerOf(bytes)
  const { __metadata__, ...rest } = JSON.parse(header) as Record<string, unknown>
  const { sha256: digest, ...metadata } = Schema.decodeUnknownSync(Metadata)(__metadata__)
  verify(bytes, header, digest)
  const start = 8 + header.length
  const arrays = new Map(
    Object.entries(Schema.decodeUnknownSync(Entries)(rest)).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to]
        }
      ]) => {
        const values = new Float32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer)
        return [name, { shape, values }] as const
      }
    )
  )
  return { arrays, metadata }
}

/** The digest that a file carries. */
export const digest = (bytes: Uint8Array): string =>
  /"sha256":"([0-9a-f]{64})"/.exec(headerOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)))?.[1] ?? ""

const headerOf = (bytes: Buffer): string => {
  if (bytes.length < 8) throw new Error("it is shorter than its header")
  const length = Number(bytes.readBigUInt64LE())
  if (length > bytes.length - 8) throw new Error("it is shorter than its header says")
  return bytes.toString("latin1", 8, 8 + length)
}

const verify = (bytes: Buffer, header: string, expected: string | undefined): void => {
  const at = expected === undefined ? -1 : header.indexOf(expected)
  if (expected?.length !== 64 || at < 0) throw new Error("it carries no SHA-256")
  const plain = Buffer.from(bytes)
  plain.write(blank, 8 + at, "latin1")
  if (sha256(plain) !== expected) throw new Error("its SHA-256 does not match its content")
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Names and metadata are ASCII; the numbers start at a multiple of 8. */
const padded = (header: string): string => header.padEnd(Math.ceil(header.length / 8) * 8, " ")

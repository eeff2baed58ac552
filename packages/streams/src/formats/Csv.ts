/** Comma-separated values (RFC 4180): fields may be quoted, quotes inside doubled, lines end in either way. */
import { SamplesError } from "@edgeol/core/Samples"
import { Result } from "effect"
import type { Read } from "./Damage.ts"

export interface Row {
  /** Where it begins, counted from 1. */
  readonly line: number
  readonly fields: ReadonlyArray<string>
}

/** All rows, the header too; empty lines are passed over. `file` is for messages. */
export const read = (bytes: Uint8Array, file: string): Read<ReadonlyArray<Row>> =>
  Result.flatMap(decode(bytes, file), (text) => rowsOf(text, file))

const decode = (bytes: Uint8Array, file: string): Read<string> =>
  Result.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new SamplesError({ message: `${file} is not UTF-8 text; save it as UTF-8 and run again.` })
  })

/** A field: quoted, or without quotes; then what ends it. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

const rowsOf = (text: string, file: string): Read<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  let fields: Array<string> = []
  let [at, line, next] = [0, 1, 1]
  while (at < text.length || fields.length > 0) {
    field.lastIndex = at
    const found = field.exec(text)
    if (found === null)
      return Result.fail(refusal(`${file}, line ${next}: a quote is not closed or stands inside a field`))
    const [whole, quoted, plain = "", end] = found
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim())
    at += whole.length
    next += whole.split("\n").length - 1
    if (end === ",") continue
    if (fields.length > 1 || fields[0] !== "") rows.push({ line, fields })
    fields = []
    line = next
  }
  return Result.succeed(rows)
}

export const refusal = (problem: string) => new SamplesError({ message: `${problem}; correct the file and run again.` })

import { fc, it } from "@fast-check/vitest"
import * as Csv from "@edgeol/streams/formats/Csv"
import { Result } from "effect"
import { describe, expect, test } from "vitest"
import { failureOf } from "./sentences.ts"

const read = (text: string | Uint8Array) => Csv.read(Buffer.from(text), "a.csv")
const fieldsOf = (text: string) => Result.getOrThrow(read(text)).map(({ fields }) => fields)

const field = fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "\n", " ", "é") })
const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`

it.prop([rows, fc.constantFrom("\n", "\r\n"), fc.boolean()])("reads back what was quoted", (rows, end, last) => {
  const text = rows.map((row) => row.map(quote).join(",")).join(end) + (last ? end : "")
  expect(fieldsOf(text)).toEqual(rows)
})

describe("a file of values", () => {
  test("may have plain fields, empty ones, blank lines and a byte order mark", () => {
    expect(fieldsOf('\ufeffa, b ,c\n\n1,,"x, y"\r\n')).toEqual([
      ["a", "b", "c"],
      ["1", "", "x, y"]
    ])
    expect(fieldsOf("")).toEqual([])
  })

  test("knows on which line a row begins", () => {
    const lines = Result.getOrThrow(read('a,b\n"x\ny",2\n\n3,4')).map(({ line }) => line)
    expect(lines).toEqual([1, 2, 5])
  })

  test("is refused where a quote is open, or in another encoding", () => {
    expect(failureOf(read('a,b\n1,"2\n3,4'))).toMatch(/^a\.csv, line 2: a quote is not closed [^\n]*; correct the file/)
    expect(failureOf(read('a,b\n1,2"3'))).toMatch(/^a\.csv, line 2: a quote /)
    expect(failureOf(read(Uint8Array.of(97, 44, 0xe9, 10)))).toBe(
      "a.csv is not UTF-8 text; save it as UTF-8 and run again."
    )
  })
})

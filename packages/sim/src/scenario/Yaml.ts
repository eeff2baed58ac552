/** Reads a YAML document by a schema. What is wrong with it is one sentence that names file, line and field. */
import { Result, Schema, SchemaIssue } from "effect"
import { LineCounter, parseDocument } from "yaml"
import type { Found, Problem } from "./Problem.ts"

export type { Problem }

/** `check` looks for what a schema cannot: contradictions between fields. `file` is for the sentence. */
export const read = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  text: string,
  file: string,
  check: (value: S["Type"]) => Found = () => undefined
): Result.Result<S["Type"], string> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: "silent" })
  const error = document.errors[0]
  if (error !== undefined) return refuse(`${file}, line ${lines.linePos(error.pos[0]).line}: this is not YAML`)
  const value = Result.try(() => document.toJS() as unknown)
  if (Result.isFailure(value)) return refuse(`${file}: its aliases cannot be followed`)
  const read = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })(value.success)
  if (value.success === null && Result.isFailure(read)) return refuse(`${file}: the file is empty`)
  const problem = Result.isFailure(read) ? first(read.failure) : check(read.success)
  if (problem === undefined) return read as Result.Result<S["Type"]>
  const { path, message } = problem
  const where = path.length === 0 ? "" : `, line ${lineOf(document, lines, path)}, "${oneLine(path.join("."))}"`
  return refuse(`${file}${where}: ${oneLine(message)}`)
}

const refuse = (problem: string) => Result.fail(`${problem}; correct the file and run again.`)

const first = ({ issue }: Schema.SchemaError): Problem => {
  const [found] = SchemaIssue.makeFormatterStandardSchemaV1()(issue).issues
  const path = (found?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const message = found?.message ?? "does not fit"
  return { path, message: plain[message] ?? message }
}

/** What a schema says, for whoever knows the file and not the schema. */
const plain: Readonly<Record<string, string>> = {
  "Expected no excess property": "there is no such field",
  "Missing key": "this field is missing",
  "Expected object": 'Expected fields, as in "name: value"',
  "Expected array": "Expected a list, as in [1, 2]",
  "Expected string": "Expected a text",
  "Expected number": "Expected a number",
  "Expected boolean": "Expected true or false"
}

/** What was found, also as a key, may be text of any length, with line breaks. */
const oneLine = (message: string) => {
  const line = message.replaceAll(/\s+/g, " ").trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** The line of the deepest part of a path that the file has. */
const lineOf = (document: ReturnType<typeof parseDocument>, lines: LineCounter, path: ReadonlyArray<PropertyKey>) => {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true)
    const range: unknown = typeof node === "object" && node !== null && "range" in node ? node.range : undefined
    if (Array.isArray(range)) return lines.linePos(Number(range[0])).line
  }
  return 1
}

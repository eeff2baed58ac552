/**
 * Features from a CSV file with a header: a column `label`, a column `scenario` if there are scenarios, and numbers. Inputs
 * are bytes, so each column is scaled to 0 to 255 over its range from the 0.5th to the 99.5th percentile and cut off there.
 */
import { resolve } from "node:path"
import * as Examples from "@edgeol/core/Examples"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import * as Csv from "./formats/Csv.ts"
import type { Read } from "./formats/Damage.ts"
import * as Folder from "./Folder.ts"
import * as Files from "./internal/Files.ts"
import type { Pool, Scenario, Stream } from "./Stream.ts"

/** `table:PATH`, relative to the data folder. */
export const parse = (name: string): { readonly name: string; readonly path: string } | undefined => {
  const path = /^table:(.+)$/.exec(name)?.[1]
  return path === undefined ? undefined : { name, path }
}

/** The same for every seed. A name that ends in .gz is unpacked. */
export const read = (
  data: string,
  { name, path }: { readonly name: string; readonly path: string }
): Effect.Effect<(seed: number) => Stream, SamplesError> =>
  Effect.flatMap(Files.read("", resolve(data, path)), (file) =>
    Effect.fromResult(
      Result.map(
        Result.flatMap(Csv.read(file.bytes, file.path), (rows) => assemble(rows, name, file.path)),
        (stream) => () => stream
      )
    )
  )

interface Columns {
  readonly names: ReadonlyArray<string>
  readonly label: number
  /** -1 without one. */
  readonly scenario: number
  readonly features: ReadonlyArray<number>
}

/** A stream of these rows, the first of which is the header; `file` is for messages. */
export const assemble = (rows: ReadonlyArray<Csv.Row>, name: string, file: string): Read<Stream> =>
  Result.gen(function* () {
    const columns = yield* columnsOf(rows[0], file)
    const body = rows.slice(1)
    const values = yield* valuesOf(body, columns, file)
    const scenarios = columns.scenario < 0 ? stretches(body) : byName(body, columns.scenario)
    const count = scenarios.length
    if (count < 2) return yield* refuse(`${file} has rows of too few scenarios (${count}): a stream needs two or more`)
    const classes = [...new Set(scenarios.flatMap(({ rows }) => rows.map((i) => body[i]!.fields[columns.label]!)))]
    const number = new Map(classes.map((one, label) => [one, label]))
    const shape: Examples.Examples["shape"] = [1, 1, columns.features.length]
    const labels = Int32Array.from(body, ({ fields }) => number.get(fields[columns.label]!)!)
    const examples = { count: body.length, shape, inputs: values, labels }
    const cut = scenarios.map((part) => scenario(examples, part))
    const problem = scenarios.flatMap((part) => lacking(part, examples, classes)).at(0)
    if (problem !== undefined) return yield* refuse(`${file}, ${problem}`)
    return { name, version: 1, classes, shape, scenarios: cut }
  })

const refuse = (problem: string) => Result.fail(Csv.refusal(problem))

const columnsOf = (header: Csv.Row | undefined, file: string): Read<Columns> => {
  if (header === undefined) return refuse(`${file} is empty, and its first line should name its columns`)
  const names = header.fields
  const twice = names.find((one, i) => names.indexOf(one) !== i)
  if (twice !== undefined) return refuse(`${file}, line ${header.line}: two columns are called "${twice}"`)
  const [label, scenario] = [names.indexOf("label"), names.indexOf("scenario")]
  if (label < 0) return refuse(`${file}, line ${header.line}: no column is called "label"`)
  const features = [...names.keys()].filter((i) => i !== label && i !== scenario)
  if (features.length === 0)
    return refuse(`${file}, line ${header.line}: there is no column of numbers beside the label`)
  return Result.succeed({ names, label, scenario, features })
}

/** Bytes, row by row. */
const valuesOf = (
  rows: ReadonlyArray<Csv.Row>,
  { features, label, names }: Columns,
  file: string
): Read<Uint8Array> => {
  const bytes = new Uint8Array(rows.length * features.length)
  for (const { fields, line } of rows) {
    if (fields.length !== names.length)
      return refuse(`${file}, line ${line}: there are ${fields.length} fields and ${names.length} columns`)
    if (fields[label] === "") return refuse(`${file}, line ${line}, "label": it is empty`)
  }
  for (const [k, column] of features.entries()) {
    const numbers = Float64Array.from(rows, ({ fields }) => numberOf(fields[column]!))
    const wrong = numbers.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) return refuse(`${file}, line ${rows[wrong]!.line}, "${names[column]}": this is not a finite number`)
    quantise(numbers).forEach((byte, i) => (bytes[i * features.length + k] = byte))
  }
  return Result.succeed(bytes)
}

const numberOf = (text: string): number => (text.trim() === "" ? NaN : Number(text))

/** Percentiles by the nearest rank. A column that is nearly always the same is scaled over all it has, a constant is 0. */
export const quantise = (numbers: Float64Array): Uint8Array => {
  const sorted = numbers.toSorted()
  const rank = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  const narrow = rank(0.995) <= rank(0.005)
  const [low, high] = narrow ? [rank(0), rank(1)] : [rank(0.005), rank(0.995)]
  const scale = high > low ? 255 / (high - low) : 0
  return Uint8Array.from(numbers, (value) => Math.round(scale * (Math.min(high, Math.max(low, value)) - low)))
}

interface Part {
  readonly name: string
  readonly rows: ReadonlyArray<number>
}

/** As they first appear. */
const byName = (rows: ReadonlyArray<Csv.Row>, column: number): ReadonlyArray<Part> =>
  Array.from(
    Map.groupBy(rows.keys(), (i) => rows[i]!.fields[column]!),
    ([name, positions]) => ({ name, rows: positions })
  )

/** Without scenarios: five stretches of the file, as long each. */
const stretches = ({ length }: ReadonlyArray<Csv.Row>): ReadonlyArray<Part> =>
  Array.from({ length: Math.min(5, length) }, (_, s) => {
    const from = Math.floor((s * length) / 5)
    const until = Math.floor(((s + 1) * length) / 5)
    return { name: `part ${s + 1}`, rows: Array.from({ length: until - from }, (__, i) => from + i) }
  })

/** Of each class in each scenario in the order of rows, as `Folder.split` does: neighbours are often moments of one signal. */
const scenario = (examples: Examples.Examples, { name, rows }: Part): Scenario => {
  const parts = [...byClass(examples, rows).values()].map(Folder.split)
  return {
    name,
    classes: [...byClass(examples, rows).keys()],
    train: pool(
      examples,
      parts.flatMap(({ train }) => train)
    ),
    validation: pool(
      examples,
      parts.flatMap(({ validation }) => validation)
    ),
    heldOut: pool(
      examples,
      parts.flatMap(({ heldOut }) => heldOut)
    )
  }
}

const byClass = ({ labels }: Examples.Examples, rows: ReadonlyArray<number>) => Map.groupBy(rows, (row) => labels[row]!)

const pool = (examples: Examples.Examples, rows: ReadonlyArray<number>): Pool => ({
  labels: Int32Array.from(rows, (row) => examples.labels[row]!),
  take: (positions) =>
    Examples.take(
      examples,
      Array.from(positions, (position) => rows[position]!)
    )
})

const lacking = ({ name, rows }: Part, examples: Examples.Examples, classes: ReadonlyArray<string>) =>
  Array.from(byClass(examples, rows), ([label, { length }]) =>
    length < 3
      ? [
          `scenario "${name}": the label "${classes[label]}" has too few rows (${length}) to learn, validate and be asked about`
        ]
      : []
  ).flat()

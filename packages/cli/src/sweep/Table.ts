/** The rows of a sweep as `results.csv` and, through DuckDB, as `results.parquet`: whole files, equal for equal rows. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { Row } from "./Store.ts"

/** DuckDB's names of types. */
export type Columns = Readonly<Record<string, "BIGINT" | "DOUBLE" | "VARCHAR" | "BOOLEAN">>

/** Writes the table under its name when it is whole; gives its path. Throws the system's error. */
export const csv = (folder: string, columns: Columns, rows: Iterable<Row>): string =>
  complete(join(folder, "results.csv"), (temporary) => {
    const names = Object.keys(columns)
    const file = openSync(temporary, "w")
    try {
      for (const text of blocks(names, rows)) write(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })

const complete = (path: string, make: (temporary: string) => void): string => {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    make(temporary)
    renameSync(temporary, path)
    return path
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

const write = (file: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

/** Lines, a thousand at a time. */
function* blocks(names: ReadonlyArray<string>, rows: Iterable<Row>) {
  let lines = [names.map(cell).join(",")]
  for (const row of rows) {
    lines.push(names.map((name) => cell(row[name])).join(","))
    if (lines.length < 1000) continue
    yield `${lines.join("\n")}\n`
    lines = []
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`
}

/** RFC 4180. Nothing where there is no number; else the shortest digits that give the same number again. */
const cell = (value: Row[string] | undefined): string => {
  if (value === undefined || value === null || Number.isNaN(value)) return ""
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The same table as Parquet; null where DuckDB is not to be had for this machine. */
export const parquet = async (csv: string, columns: Columns): Promise<string | null> => {
  const duckdb = await import("@duckdb/node-api").catch(() => null)
  if (duckdb === null) return null
  const path = csv.replace(/csv$/, "parquet")
  const temporary = `${path}.${process.pid}.tmp`
  const instance = await duckdb.DuckDBInstance.create(":memory:", { threads: "1" })
  try {
    const connection = await instance.connect()
    try {
      await connection.run(copy(csv, temporary, columns))
    } finally {
      connection.closeSync()
    }
    return complete(path, (same) => settle(same))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    instance.closeSync()
  }
}

const settle = (path: string): void => {
  const file = openSync(path, "r")
  fsyncSync(file)
  closeSync(file)
}

/** One thread writes rows in their order, so that equal tables are equal bytes. */
const copy = (from: string, to: string, columns: Columns): string => {
  const types = Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`)
  const table = `read_csv(${quoted(from)}, header = true, auto_detect = false, columns = {${types.join(", ")}})`
  return `COPY (SELECT * FROM ${table}) TO ${quoted(to)} (FORMAT parquet, COMPRESSION zstd)`
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

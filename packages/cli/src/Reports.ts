/** Report pages of recorded runs. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Summary from "@edgeol/core/Summary"
import * as Equipment from "@edgeol/sim/Equipment"
import { Effect } from "effect"
import { CliError } from "./CliError.ts"
import * as Comparison from "./Comparison.ts"
import * as Files from "./Files.ts"
import * as Recorded from "./Recorded.ts"
import * as Page from "./report/Page.ts"
import * as Tape from "./Tape.ts"

export interface Runs {
  readonly comparison: Comparison.Comparison
  readonly tapes: ReadonlyArray<Tape.Tape>
}

/** Writes the page of these runs into a folder; gives its path. */
export const write = Effect.fnUntraced(function* (folder: string, { comparison, tapes }: Runs) {
  const header = tapes[0]?.header
  const path = join(folder, "report.html")
  const workload = header === undefined ? undefined : yield* Recorded.workload(header)
  return yield* Effect.try({
    try: () => {
      const power = header?.meter.kind !== "modelled" ? undefined : Equipment.power(header.meter.source, workload).watts
      const input = { title: header?.scenario?.source ?? header?.stream ?? "", tapes, comparison }
      Files.replace(path, Page.page(power === undefined ? input : { ...input, power }))
      return path
    },
    catch: (error) =>
      new CliError({
        message: `Cannot write the report to ${folder}: ${Files.reason(error)}; make room for report.html there.`
      })
  })
})

/** The runs below a folder: one run, or a comparison's. */
export const read = Effect.fnUntraced(function* (folder: string) {
  const folders = tapesBelow(folder)
  if (folders.length === 0) {
    return yield* new CliError({ message: `There is no run in ${folder}; name a folder that edgeol wrote.` })
  }
  const tapes = yield* Effect.forEach(folders, Tape.read)
  const runs: Record<string, Array<Comparison.Run>> = {}
  for (const { header, entries } of tapes) {
    ;(runs[header.policy.name] ??= []).push(Comparison.run(header.seed, Summary.summarise(entries)))
  }
  const unfinished = folders.filter((own) => !existsSync(Tape.ended(own)))
  return { tapes, comparison: Comparison.compare(runs), unfinished } satisfies Runs & { unfinished: unknown }
})

const tapesBelow = (folder: string): ReadonlyArray<string> => {
  if (existsSync(join(folder, "tape.ndjson"))) return [folder]
  if (!Files.isFolder(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => tapesBelow(join(folder, entry.name)))
}

/** Runs on the wall clock against the same runs emulated and simulated. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Tape from "../Tape.ts"
import * as World from "../World.ts"
import * as Measure from "./Measure.ts"

/** One that `edgeol run` or `edgeol compare` recorded, with the clock measured or real. */
export interface Real {
  readonly stream: string
  readonly policy: string
  readonly seed: number
  readonly rounds: "warm" | "cold"
  readonly values: Measure.Values
}

/** All that ended in a folder and those below it; runs on a modelled clock are emulated ones, and not among them. */
export const read = Effect.fnUntraced(function* (folder: string) {
  if (!Files.isFolder(folder)) {
    return yield* new CliError({ message: `There is no folder ${folder}; name one of measured runs with --real.` })
  }
  const runs = yield* Effect.forEach(places(folder), recorded)
  const real = runs.flat()
  if (real.length === 0) {
    return yield* new CliError({
      message: `No measured run has ended in ${folder}; make some with edgeol compare --clock measured --out ${folder}.`
    })
  }
  return real
})

/** Folders of runs that ended. */
export const places = (folder: string): ReadonlyArray<string> =>
  existsSync(Tape.ended(folder))
    ? [folder]
    : readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? places(join(folder, entry.name)) : []
      )

const recorded = Effect.fnUntraced(function* (folder: string) {
  const { tape, summary } = yield* World.recorded(folder)
  const { stream, policy, seed, rounds, clock, scenario } = tape.header
  if (clock === "modelled" || scenario !== undefined) return []
  return [{ stream, policy: policy.name, seed, rounds, values: Measure.of(summary) } satisfies Real]
})

/** Runs recorded runs again: seconds and joules are modelled, so all must be equal to the bit. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Rng from "@edgeol/core/Rng"
import { Clock, Console, Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Evaluate from "./Evaluate.ts"
import type { Plan } from "./Plan.ts"
import * as Results from "./Results.ts"

export interface Options {
  readonly data: string
  readonly json: boolean
}

/** s; no run is begun after them. */
const patience = 120

interface Checked {
  readonly run: string
  readonly same: boolean
  /** Fields that differ, with the recorded value and this one. */
  readonly differs: ReadonlyArray<readonly [field: string, recorded: unknown, here: unknown]>
}

export const check = Effect.fnUntraced(function* (
  plan: Plan,
  recorded: ReadonlyArray<Results.Run>,
  { data, json }: Options
) {
  const clock = yield* Clock.Clock
  const began = clock.monotonicTimeNanosUnsafe()
  const left = () => patience - Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
  const order = Rng.named(Number(began % 1_000_000n), "check").permutation(recorded.length)
  const done: Array<Checked> = []
  for (const place of order) {
    if (left() <= 0) break
    done.push(yield* again(recorded[place]!, plan, data))
  }
  if (done.length === 0) return yield* new CliError({ message: "No run is recorded to be checked; evaluate first." })
  yield* Console.log(json ? JSON.stringify(done, null, 2) : done.map(said).join("\n"))
  const wrong = done.filter(({ same }) => !same).length
  if (wrong > 0) {
    return yield* new CliError({
      message: `${wrong} of ${done.length} runs came out otherwise than recorded; evaluate again if the sources have changed.`
    })
  }
})

const again = Effect.fnUntraced(function* (run: Results.Run, { rounds }: Plan, data: string) {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-check-"))
  const job = { stream: run.stream, seed: run.seed, policies: [run.policy], rounds }
  let here: Results.Run | undefined
  yield* Evaluate.run([job], {
    data,
    folder,
    workers: 1,
    onRun: (made) => Effect.sync(() => void (here = made))
  }).pipe(Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  return compared(run, here!)
})

/** Versions may differ; results may not. */
const compared = (recorded: Results.Run, here: Results.Run): Checked => {
  const fields = Object.keys(recorded).filter((field) => field !== "versions") as ReadonlyArray<keyof Results.Run>
  const differs = fields.flatMap((field) =>
    JSON.stringify(recorded[field]) === JSON.stringify(here[field])
      ? []
      : [[field, recorded[field], here[field]] as const]
  )
  return { run: Results.key(recorded), same: differs.length === 0, differs }
}

const said = ({ run, same, differs }: Checked) =>
  same ? `${run}: the same` : `${run}: ${differs.map(([field, was, is]) => `${field} was ${was}, is ${is}`).join("; ")}`

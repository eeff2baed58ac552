/** Runs recorded runs again: seconds and joules are modelled, so all must be equal. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Rng from "@edgeol/core/Rng"
import { Clock, Console, Duration, Effect, Option } from "effect"
import { CliError } from "../CliError.ts"
import * as Evaluate from "./Evaluate.ts"
import * as Results from "./Results.ts"
import * as Version from "./Version.ts"

export interface Options {
  readonly data: string
  /** Its folder is where paths of policies begin. */
  readonly plan: string
  readonly json: boolean
}

/** s; no run is begun after them. */
const patience = 120

interface Checked {
  readonly run: string
  /** Fields that differ: none where it came out the same. */
  readonly differs: ReadonlyArray<Differing>
  /** Versions that differ; they may explain it. */
  readonly versions: ReadonlyArray<Differing>
}

type Differing = readonly [field: string, recorded: unknown, here: unknown]

export const check = Effect.fnUntraced(function* (all: ReadonlyArray<Results.Run>, options: Options) {
  const clock = yield* Clock.Clock
  const began = clock.monotonicTimeNanosUnsafe()
  const left = () => patience - Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
  const policies = yield* Version.present(
    all.map(({ policy }) => policy),
    dirname(options.plan)
  )
  const recorded = all.filter(({ policy }) => policies.includes(policy))
  const order = Rng.named(Number(began % 1_000_000n), "check").permutation(recorded.length)
  const done: Array<Checked> = []
  for (const place of order) {
    if (left() <= 0) break
    const checked = yield* Effect.timeoutOption(again(recorded[place]!, options), limit(done.length, left()))
    if (Option.isSome(checked)) done.push(checked.value)
  }
  if (done.length === 0) return yield* new CliError({ message: "No run is recorded to be checked; evaluate first." })
  yield* Console.log(options.json ? JSON.stringify(done, null, 2) : done.map(said).join("\n"))
  const wrong = done.filter(({ differs }) => differs.length > 0).length
  if (wrong > 0) {
    return yield* new CliError({
      message: `${wrong} of ${done.length} runs came out otherwise than recorded; evaluate again if the sources have changed.`
    })
  }
})

/** The first may take its time; no other is waited for longer than a minute over. */
const limit = (done: number, left: number) => (done === 0 ? Duration.infinity : Duration.seconds(left + 60))

const again = Effect.fnUntraced(function* (run: Results.Run, { data, plan }: Options) {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-check-"))
  const { stream, seed, policy, rounds } = run
  let here: Results.Run | undefined
  const failed = yield* Evaluate.run([{ stream, seed, policies: [policy], rounds, folder: dirname(plan) }], {
    data,
    folder,
    workers: 1,
    onRun: (made) => Effect.sync(() => void (here = made))
  }).pipe(Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  return here === undefined
    ? yield* new CliError({ message: `A recorded run cannot be run again: ${failed.join("; ")}.` })
    : compared(run, here)
})

/** Numbers to the ninth digit: sums of joules depend on their order. */
const same = (was: unknown, is: unknown): boolean =>
  typeof was === "number" && typeof is === "number"
    ? Math.abs(was - is) <= 1e-9 * Math.abs(was)
    : JSON.stringify(was) === JSON.stringify(is)

/** Versions may differ; results may not. */
const compared = (recorded: Results.Run, here: Results.Run): Checked => {
  const differing = (a: object, b: object, fields: ReadonlyArray<string>) =>
    fields.flatMap((field) => {
      const [was, is] = [a, b].map((of) => (of as Record<string, unknown>)[field])
      return same(was, is) ? [] : [[field, was, is] as const]
    })
  const fields = Object.keys(recorded).filter((field) => field !== "versions")
  return {
    run: Results.key(recorded),
    differs: differing(recorded, here, fields),
    versions: differing(recorded.versions, here.versions, Object.keys(recorded.versions))
  }
}

const said = ({ run, differs, versions }: Checked) =>
  differs.length === 0
    ? `${run}: the same`
    : `${run}: ${changed(differs)}${versions.length === 0 ? "" : `; versions: ${changed(versions)}`}`

const changed = (of: ReadonlyArray<Differing>) =>
  of.map(([field, was, is]) => `${field} was ${JSON.stringify(was)}, is ${JSON.stringify(is)}`).join("; ")

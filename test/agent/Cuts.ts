/**
 * The tape and the inbox of an agent, killed at any of their operations on the disk, several times in a row: in the end
 * they hold what a run that nobody killed leaves, byte for byte.
 *
 *     node test/agent/Cuts.ts [--cases 300] [--seed 1]
 *
 * Prints how often each operation was the last one.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Segments from "@edgeol/agent/Segments"
import * as Sealed from "@edgeol/backends/journal/Sealed"
import { Entry, Snapshot } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import { anyScenario, World } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import * as Death from "../fakes/Death.ts"
import * as Built from "./Built.ts"
import * as Toy from "./Toy.ts"

const policy = "periodic:2+linear+head"
const pieces = 12

const encode = Schema.encodeSync(
  Schema.toCodecJson(
    Schema.Struct({
      pieces: Schema.Int,
      tape: Schema.Array(Entry),
      snapshots: Schema.Array(Schema.Struct({ entries: Schema.Int, state: Snapshot }))
    })
  )
)

/** A run of some dozen lines, as `keep.ts` reads it. */
const recorded = (seed: number): string => {
  const worlds = fc.sample(anyScenario({ arrivals: 12 }), { seed, numRuns: 50 })
  const runs = worlds.map((world) => World.run(Policies.parse(policy), { ...world, nanEvery: 0 }))
  const run = runs.find(({ tape, snapshots }) => snapshots.length > 2 && tape.length > 20 && tape.length < 80)!
  return JSON.stringify(encode({ pieces, ...run }))
}

export interface Outcome {
  readonly kills: number
  readonly powerCuts: number
  readonly lost: { readonly bytes: number; readonly changes: number }
  /** How often each operation was the last one. */
  readonly moments: Readonly<Record<string, number>>
}

const keep = (keeper: string, home: string, at?: Death.Moment): void => {
  const args = ["--import", Death.file, keeper, home, policy]
  const env = { ...process.env, ...Death.environment({ below: join(home, "state"), ...(at && { at }) }) }
  const { signal, status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" })
  assert.ok(signal === "SIGKILL" || status === 0, stderr)
}

/** What is on the disk in the end. */
const lines = (home: string): ReadonlyArray<string> => {
  const folder = join(home, "state/tape")
  return Recorder.files(folder).flatMap((file) => {
    const [, ...own] = readFileSync(Recorder.pathOf(folder, file), "utf8").trimEnd().split("\n")
    return own.map((line) => JSON.stringify(Sealed.open(line)))
  })
}

const samples = (home: string) => {
  const came: Array<number> = []
  const cuts: Array<number> = []
  const each = (line: any) => ("first" in line ? came.push(...line.labels) : cuts.push(line.batch, line.from, line.to))
  Segments.open({ folder: join(home, "state/inbox"), name: "inbox", fileBytes: 1e9 }, each).close()
  return { came, cuts }
}

const home = (run: string): string => {
  const path = Toy.folder()
  for (const folder of ["tape", "inbox"]) mkdirSync(join(path, "state", folder), { recursive: true })
  writeFileSync(join(path, "run.json"), run)
  return path
}

/** What a run leaves that nobody kills, and how many operations it has. */
const whole = (keeper: string, run: string) => {
  const path = home(run)
  keep(keeper, path)
  const operations = readFileSync(Death.notes(join(path, "state")), "utf8")
    .trim()
    .split("\n").length
  const left = { lines: lines(path), samples: samples(path), operations }
  assert.equal(left.lines.length, JSON.parse(run).tape.length)
  Toy.remove(path)
  return left
}

/** Throws where what is left in the end is anything else. */
export const run = async (seed: number, cases: number): Promise<Outcome> => {
  const world = recorded(seed)
  const keeper = await Built.program(join(import.meta.dirname, "keep.ts"))
  const expected = whole(keeper, world)
  const rng = Rng.named(seed, "cuts")
  const outcome = { kills: 0, powerCuts: 0, lost: { bytes: 0, changes: 0 }, moments: {} as Record<string, number> }
  for (let i = 0; i < cases; i++) {
    const path = home(world)
    const moments = Array.from({ length: 1 + rng.below(4) }, () => moment(rng, expected.operations))
    try {
      for (const at of moments) {
        keep(keeper, path, at)
        note(outcome, path)
      }
      keep(keeper, path)
      assert.deepEqual(lines(path), expected.lines)
      assert.deepEqual(samples(path), expected.samples)
      acknowledged(path)
    } catch (error) {
      console.error(`Case ${i} of seed ${seed}, in ${path}: ${JSON.stringify(moments)}`)
      throw error
    }
    Toy.remove(path)
  }
  return outcome
}

const moment = (rng: Rng.Rng, operations: number): Death.Moment => ({
  operation: "",
  nth: 1 + rng.below(operations),
  way: (["before", "torn", "after"] as const)[rng.below(3)]!,
  isPowerCut: rng.next() < 0.5,
  seed: rng.below(2 ** 31)
})

const note = (outcome: { -readonly [K in keyof Outcome]: any }, path: string): void => {
  const notes = Death.notes(join(path, "state"))
  const last = existsSync(notes) ? JSON.parse(readFileSync(notes, "utf8").trim().split("\n").at(-1)!) : {}
  rmSync(notes, { force: true })
  if (!("died" in last)) return
  outcome.kills += 1
  const what = `${last.way} ${last.died}`
  outcome.moments[what] = (outcome.moments[what] ?? 0) + 1
  if (!last.isPowerCut) return
  outcome.powerCuts += 1
  outcome.lost.bytes += last.lost.bytes
  outcome.lost.changes += last.lost.changes
}

/** Whatever was acknowledged stayed: nothing is acknowledged twice. */
const acknowledged = (path: string): void => {
  const names = readFileSync(join(path, "acknowledged"), "utf8").trim().split("\n")
  assert.deepEqual(names, [...new Set(names)])
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { cases: { type: "string" }, seed: { type: "string" } } })
  const seed = Number(values.seed ?? 1)
  console.log(JSON.stringify({ seed, ...(await run(seed, Number(values.cases ?? 300))) }))
}

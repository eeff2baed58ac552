import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Tape from "@edgeol/cli/Tape"
import type { Entry, Snapshot } from "@edgeol/core/Journal"
import { Journal } from "@edgeol/core/Journal"
import * as Rng from "@edgeol/core/Rng"
import { joules, seconds } from "@edgeol/core/Units"
import { anyHistory, anyScenario, build, World } from "@edgeol/test"
import * as JournalLaw from "@edgeol/test/laws/Journal"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Edgeol from "./Edgeol.ts"

const { header } = Edgeol

/** What a run in a small world leaves, and the same on disk. */
const recorded = World.run(
  build({ name: "edgeol", config: {} }),
  fc.sample(anyScenario({ arrivals: 20 }), { seed: 3, numRuns: 1 })[0]!
)

const journal = (folder: string, resume = false, own = header) =>
  Layer.effect(Journal, Tape.open({ folder, header: own, resume }))

const write = (folder: string, entries: ReadonlyArray<Entry>, snapshot?: Snapshot) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    for (const entry of entries) yield* journal.append(entry)
    if (snapshot !== undefined) yield* journal.snapshot(snapshot)
  }).pipe(Effect.provide(journal(folder)))

const read = (folder: string) => Effect.runSync(Effect.result(Tape.read(folder)))
const resume = (folder: string, own = header) =>
  Effect.runSync(
    Effect.result(Effect.scoped(Effect.flatMap(Tape.open({ folder, header: own, resume: true }), (of) => of.resume)))
  )
const file = (folder: string) => join(folder, "tape.ndjson")

/** A run with its only snapshot after some lines. */
const half = (folder: string) => {
  const { entries, state } = recorded.snapshots.at(-1)!
  Effect.runSync(write(folder, recorded.tape.slice(0, entries), state))
  appendFileSync(file(folder), "lines that no snapshot covers\n")
  return { entries, state }
}

const damaged = (sentence: RegExp) => ({
  _tag: "Failure",
  failure: { _tag: "JournalError", reason: "Damaged", message: expect.stringMatching(sentence) }
})

test("gives back what was written, not a number and infinity too", () => {
  const folder = Edgeol.folder()
  let odd = 0
  const same = fc.property(anyHistory(), (history) => {
    const entries = history.map((observation): Entry => ({ ...plain, observation }))
    odd += Number(/NaN|Infinity/.test(history.flatMap((of) => Object.values(of)).join()))
    Effect.runSync(write(folder, entries))
    expect(read(folder)).toMatchObject({ success: { header, entries } })
  })
  fc.assert(same, { numRuns: 50 })
  expect(odd).toBeGreaterThan(10)
})

const plain = {
  decision: { _tag: "Wait" },
  costs: { idle: seconds(0.1), overhead: seconds(-1e-17) },
  joules: { fineTuning: joules(0), all: joules(Infinity) },
  score: { accuracy: NaN, correct: false }
} as const

test("keeps the law of a journal", () => {
  const folder = Edgeol.folder()
  const parts = recorded.snapshots.map(({ entries, state }, i) => ({
    entries: recorded.tape.slice(recorded.snapshots[i - 1]?.entries ?? 0, entries),
    snapshot: state
  }))
  const store: JournalLaw.Store<unknown> = {
    layer: Layer.unwrap(Effect.sync(() => journal(folder, Tape.canGoOn(folder)))),
    tape: Effect.map(Tape.read(folder), ({ entries }) => entries)
  }
  expect(parts.length).toBeGreaterThan(1)
  expect(Effect.runSync(JournalLaw.check(store, parts[0]!, recorded.tape, parts[1]!))).toBeUndefined()
})

describe("a damaged tape", () => {
  test("without the end of its last line is read without that line", () => {
    const folder = Edgeol.folder()
    Effect.runSync(write(folder, recorded.tape))
    truncateSync(file(folder), readFileSync(file(folder)).length - 3)
    expect(read(folder)).toMatchObject({ success: { entries: recorded.tape.slice(0, -1) } })
  })

  test("is refused by the number of its line", () => {
    const folder = Edgeol.folder()
    Effect.runSync(write(folder, recorded.tape))
    const lines = readFileSync(file(folder), "utf8").split("\n")
    writeFileSync(file(folder), lines.with(4, lines[4]!.replace("0", "1")).join("\n"))
    expect(read(folder)).toMatchObject(damaged(/tape\.ndjson, line 5, is damaged; restore .*another folder\.$/))
  })

  test("that is no tape is refused, and where there is none this is said", () => {
    const folder = Edgeol.folder()
    expect(read(folder)).toMatchObject(damaged(/^There is no run in .*; name a folder/))
    writeFileSync(file(folder), "a letter to grandmother\n")
    expect(read(folder)).toMatchObject(damaged(/line 1, is damaged/))
  })

  test("is never read as something else: bits flipped, bytes cut", () => {
    const folder = Edgeol.folder()
    Effect.runSync(write(folder, recorded.tape))
    const whole = readFileSync(file(folder))
    const { entries } = Effect.runSync(Tape.read(folder))
    const rng = Rng.named(1, "damage")
    const draw = (below: number) => Math.floor(rng.next() * below)
    let [refused, shorter] = [0, 0]
    for (let i = 0; i < 400; i++) {
      const bytes = Buffer.from(whole.subarray(0, rng.next() < 0.5 ? whole.length : draw(whole.length)))
      const flips = bytes.length === whole.length || rng.next() < 0.5 ? 1 + draw(3) : 0
      for (let flip = 0; flip < flips && bytes.length > 0; flip++) bytes[draw(bytes.length)]! ^= 1 << draw(8)
      writeFileSync(file(folder), bytes)
      const found = read(folder)
      if (found._tag === "Failure") {
        expect(found).toMatchObject(damaged(/, line \d+, is damaged; /))
        refused += 1
      } else {
        expect(found.success.header).toEqual(header)
        expect(found.success.entries).toEqual(entries.slice(0, found.success.entries.length))
        shorter += 1
      }
    }
    expect(refused).toBeGreaterThan(50)
    expect(shorter).toBeGreaterThan(50)
  })
})

describe("going on", () => {
  test("cuts off what no snapshot covers, whatever it is", () => {
    const folder = Edgeol.folder()
    const { entries, state } = half(folder)
    expect(read(folder)).toMatchObject(damaged(/is damaged/))
    expect(resume(folder)).toMatchObject({ success: { value: state } })
    expect(read(folder)).toMatchObject({ success: { entries: recorded.tape.slice(0, entries) } })
  })

  test("is refused on a tape that is shorter than its snapshot says", () => {
    const folder = Edgeol.folder()
    half(folder)
    truncateSync(file(folder), 500)
    expect(resume(folder)).toMatchObject(damaged(/is shorter than its snapshot says; restore it from a copy/))
    expect(readFileSync(file(folder))).toHaveLength(500)
  })

  test("is refused with a snapshot that is damaged", () => {
    const folder = Edgeol.folder()
    half(folder)
    const path = join(folder, "snapshot.json")
    writeFileSync(path, readFileSync(path, "utf8").replace(/"rounds":\d+/, '"rounds":99'))
    expect(resume(folder)).toMatchObject(damaged(/snapshot\.json, line 1, is damaged/))
  })

  test("is refused as another policy, seed or version", () => {
    const folder = Edgeol.folder()
    half(folder)
    for (const own of [
      { ...header, policy: { name: "periodic:4", config: { every: 4 } } },
      { ...header, seed: 2 },
      { ...header, versions: { edgeol: "0.2.0" } }
    ]) {
      const before = readFileSync(file(folder))
      expect(resume(folder, own)).toMatchObject(damaged(/holds a run of another policy, stream, seed or version/))
      expect(readFileSync(file(folder))).toEqual(before)
    }
  })
})

test("the hash depends on observations and decisions, and on nothing else", () => {
  const hash = Tape.hash(recorded.tape)
  expect(hash).toMatch(/^[\da-f]{64}$/)
  expect(Tape.hash(recorded.tape.map((entry) => ({ ...entry, costs: {}, joules: plain.joules })))).toBe(hash)
  expect(Tape.hash(recorded.tape.map(({ observation, decision }) => ({ ...plain, observation, decision })))).toBe(hash)
  expect(Tape.hash(recorded.tape.slice(0, -1))).not.toBe(hash)
  const different = fc.property(fc.nat(), (pick) => {
    const i = pick % recorded.tape.length
    const { observation, decision, ...rest } = recorded.tape[i]!
    const later = { ...rest, decision, observation: { ...observation, at: seconds(observation.at + 1e-9) } }
    expect(Tape.hash(recorded.tape.with(i, later))).not.toBe(hash)
    const wakes = { ...rest, observation, decision: { _tag: "WakeAt", at: seconds(12.345) } } as const
    expect(Tape.hash(recorded.tape.with(i, wakes))).not.toBe(hash)
  })
  fc.assert(different, { numRuns: 30 })
})

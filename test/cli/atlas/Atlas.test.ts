/** A small atlas, recorded and fitted; and a real run against the same run simulated. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Again from "@edgeol/cli/atlas/Again"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Everywhere from "@edgeol/cli/atlas/Everywhere"
import * as Replay from "@edgeol/cli/atlas/Replay"
import * as Command from "@edgeol/cli/commands/Atlas"
import * as Run from "@edgeol/cli/commands/Run"
import * as Tape from "@edgeol/cli/Tape"
import * as Summary from "@edgeol/core/Summary"
import * as Recording from "@edgeol/sim/surrogate/Recording"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as Ideas from "../Ideas.ts"
import * as InProcess from "../InProcess.ts"

const home = mkdtempSync(join(tmpdir(), "edgeol-atlas-"))
const stream = Edgeol.tiny(home)
const records = join(home, "records")
const file = join(home, "surrogate.json")
const real = join(home, "real")
const flags = ["--stream", stream, "--records", records, "--out", file, "--seeds", "2", "--runs", "2", "--json"]
const explored = join(records, "seed-501", "explore-0")
let said: InProcess.Said

beforeAll(async () => {
  said = await InProcess.run(Command.command, ...flags)
  await InProcess.run(
    Run.command,
    "--stream",
    stream,
    "--policy",
    "immediate",
    "--seed",
    "501",
    "--out",
    real,
    ...Edgeol.repeatable
  )
}, 120_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

test("writes a surrogate and says how far it can be trusted", () => {
  expect(said.error).toBeUndefined()
  expect(JSON.parse(said.stdout)).toMatchObject({ file, runs: 4, heldOut: { runs: { runs: 4 }, seeds: { runs: 4 } } })
  const surrogate = Effect.runSync(Atlas.load(file))
  expect(surrogate.body.twins.map(({ seed }) => seed)).toEqual([501, 502])
  expect(surrogate.body.scenes).toHaveLength(5)
})

test("a second start keeps what is there and ends with the same bytes", async () => {
  const [before, tape] = [readFileSync(file), readFileSync(join(explored, "tape.ndjson"))]
  expect((await InProcess.run(Command.command, ...flags)).stdout).toBe(said.stdout)
  expect(readFileSync(file)).toEqual(before)
  expect(readFileSync(join(explored, "tape.ndjson"))).toEqual(tape)
})

test("a replay tells what the tape tells", () => {
  const tape = Effect.runSync(Tape.read(explored))
  const recording = Effect.runSync(Replay.read(explored))
  const { iterations, rounds, accuracy, requests } = Summary.summarise(tape.entries)
  expect(recording.rounds).toHaveLength(rounds)
  expect(recording.rounds.reduce((sum, { depths }) => sum + depths.length, 0)).toBe(iterations)
  expect(recording.answered).toHaveLength(requests)
  expect(Recording.accuracy(recording)).toBeCloseTo(accuracy, 12)
  expect(recording.sights.some(({ requests: asked }) => asked === 0)).toBe(true)
  expect(new Set(recording.rounds.flatMap(({ batches }) => batches.map(({ scene }) => scene)))).not.toContain(0)
})

test("judgements that were cut off or repeated are read once", () => {
  const path = join(explored, "everywhere.ndjson")
  const known = Everywhere.read(path)
  const [first = ""] = readFileSync(path, "utf8").split("\n")
  appendFileSync(path, `${first.slice(0, 40)}${first}\n${first}\n${first.slice(0, 30)}`)
  expect(Everywhere.read(path)).toEqual(known)
  expect(known.get(0)!.accuracy).toHaveLength(5)
  expect(Everywhere.read(join(home, "nothing"))).toEqual(new Map())
})

test("a real run is simulated on the same timeline, at the same cost", async () => {
  const tape = Effect.runSync(Tape.read(real))
  const measured = Summary.summarise(tape.entries)
  const surrogate = Effect.runSync(Atlas.load(file))
  const twin = Effect.runSync(Atlas.twin(surrogate, [explored]))
  const again = Effect.runSync(Again.simulate(surrogate, tape.header, { twin, draws: 10 }))
  const { summary } = again.expected
  expect(again.outside).toBeUndefined()
  expect(again.drawn).toHaveLength(10)
  expect([summary.rounds, summary.iterations, summary.requests]).toEqual([
    measured.rounds,
    measured.iterations,
    measured.requests
  ])
  expect(summary.fineTuningSeconds).toBeCloseTo(measured.fineTuningSeconds, 6)
  expect(summary.joules).toBeCloseTo(measured.joules, 4)
  expect(new Set(again.drawn.map(({ summary: drawn }) => drawn.accuracy)).size).toBeGreaterThan(5)
})

test("a run of a policy that is in a file is simulated too", async () => {
  Ideas.write(home, 2)
  const { header } = Effect.runSync(Tape.read(real))
  const surrogate = Effect.runSync(Atlas.load(file))
  const summary = async (name: string) => {
    const policy = { name, config: {} }
    const again = await Effect.runPromise(Again.simulate(surrogate, { ...header, policy }, { draws: 0 }))
    return again.expected.summary
  }
  expect((await summary("periodic:2")).rounds).toBeGreaterThan(3)
  expect(await summary(`${join(home, "ideas.ts")}#often`)).toEqual(await summary("periodic:2"))
})

test("a stream that the surrogate was not made for is a guess, and says so", () => {
  const { header } = Effect.runSync(Tape.read(real))
  const surrogate = Effect.runSync(Atlas.load(file))
  const other = { ...header, stream: "other/one@1" }
  expect(Effect.runSync(Again.simulate(surrogate, other, { draws: 0 })).outside).toBe("the stream other/one@1")
})

test("what cannot be is said in a sentence", async () => {
  expect((await InProcess.run(Command.command, "--stream", stream, "--seeds", "1")).error).toBe(
    "--seeds must be at least 2, not 1."
  )
  expect((await InProcess.run(Command.command, "--stream", stream, "--runs", "0")).error).toBe(
    "--runs must be at least 1, not 0."
  )
  const missing = await Effect.runPromise(Effect.flip(Atlas.of("nothing/here@1")))
  expect(missing.message).toMatch(/^There is no surrogate for nothing\/here@1; there are .*patterns\/nic@1.*others\.$/)
  const unreadable = await Effect.runPromise(Effect.flip(Atlas.load(join(home, "nothing.json"))))
  expect(unreadable.message).toMatch(/^Cannot read .*no such file.*edgeol atlas wrote\.$/)
})

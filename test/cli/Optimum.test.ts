import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Optimum from "@edgeol/cli/commands/Optimum"
import * as Tape from "@edgeol/cli/Tape"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "./InProcess.ts"
import { tape } from "./report/Runs.ts"

const root = mkdtempSync(join(tmpdir(), "edgeol-optimum-"))
afterAll(() => rmSync(root, { recursive: true }))

const write = (name: string, { header, entries }: Tape.Tape): Promise<void> =>
  Effect.gen(function* () {
    mkdirSync(join(root, name), { recursive: true })
    const journal = yield* Tape.open({ folder: join(root, name), header, resume: false, onEntry: undefined })
    for (const entry of entries) yield* journal.append(entry)
  }).pipe(Effect.scoped, Effect.runPromise)

beforeAll(async () => {
  for (const policy of ["immediate", "never", "periodic:4"]) await write(join("runs", policy), tape(policy, 1))
  for (const policy of ["head", "immediate+head", "breakEven:20"]) await write(join("headed", policy), tape(policy, 1))
  await write(join("mixed", "a"), tape("never", 1))
  await write(join("mixed", "b"), tape("never", 1, { stream: "others@1" }))
  await write("alone", tape("never", 1))
  await write("empty", { ...tape("never", 1), entries: [] })
})

interface Printed {
  readonly runs: ReadonlyArray<{
    readonly policy: string
    readonly price: number
    readonly rounds: number
    readonly paid: number
    readonly regret: number
    readonly optimum: { readonly cost: number; readonly bound: number; readonly rounds: number }
  }>
}

const rated = async (price: number): Promise<Printed> => {
  const { stdout, error } = await run(Optimum.command, join(root, "runs"), "--price", String(price), "--json")
  expect(error).toBeUndefined()
  return JSON.parse(stdout)
}

test("rates runs: never is best where a wrong answer costs nothing, and worst where it costs much", async () => {
  const [free, dear] = [await rated(0), await rated(1000)]
  const regretOf = ({ runs }: Printed, policy: string) => runs.find((row) => row.policy === policy)!.regret
  expect(regretOf(free, "never")).toBe(0)
  expect(regretOf(free, "immediate")).toBeGreaterThan(0)
  expect(regretOf(dear, "never")).toBeGreaterThan(regretOf(dear, "immediate"))
  for (const { regret, paid, optimum } of [...free.runs, ...dear.runs]) {
    expect(regret).toBeGreaterThanOrEqual(0)
    expect(paid).toBeCloseTo(optimum.bound + regret, 6)
  }
})

test("rates runs with a fast head by what it had wrong, at the policy's own price", async () => {
  const headed = async (...flags: ReadonlyArray<string>): Promise<Printed["runs"]> => {
    const { stdout, error } = await run(Optimum.command, join(root, "headed"), "--json", ...flags)
    expect(error).toBeUndefined()
    return JSON.parse(stdout).runs
  }
  const names = ["breakEven:20", "head", "immediate+head"]
  expect((await headed()).map(({ policy, price }) => [policy, price])).toEqual(
    [20, 1, 1].map((of, i) => [names[i], of])
  )
  const [, alone, always] = await headed("--price=0")
  expect(alone!.regret).toBe(0)
  expect(always!.regret).toBeGreaterThan(0)
  expect(always!.optimum.rounds).toBe(0)
})

test("says it in a line for each run", async () => {
  const { stdout } = await run(Optimum.command, join(root, "runs"))
  expect(stdout.trim().split("\n")).toHaveLength(3)
  expect(stdout).toMatch(/^immediate, seed 1: .+ J in \d+ rounds and wrong answers; best .+; regret .+; deciding .+$/m)
})

test.each([
  ["mixed", [], /are of scenes@1 and others@1; name a folder of one stream/],
  ["empty", [], /No request in .+ was scored; name a run/],
  ["alone", [], /No run in .+ made a round, so what one costs and teaches is not known/],
  ["nowhere", [], /There is no run in .+; name a folder/],
  ["runs", ["--price=-1"], /--price must be joules from 0 on, not -1/]
])("refuses %s %s in a sentence", async (folder, flags, sentence) => {
  expect((await run(Optimum.command, join(root, folder), ...flags)).error).toMatch(sentence)
})

/** The command on tiny experiments, by real training. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Evaluate from "@edgeol/cli/commands/Evaluate"
import * as Plan from "@edgeol/cli/evaluate/Plan"
import type * as Results from "@edgeol/cli/evaluate/Results"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as Ideas from "../Ideas.ts"
import * as InProcess from "../InProcess.ts"

/** A plan of two policies on one tiny stream, and the flags that keep it in its folder. */
const evaluation = (changes: Readonly<Record<string, string>> = {}, file = "") => {
  const folder = Edgeol.folder()
  const plan = join(folder, "plan.yaml")
  const fields = {
    rounds: "warm",
    seeds: "[1]",
    streams: `[${Edgeol.tiny(folder)}]`,
    policies: "[immediate, periodic:2]"
  }
  const lines = Object.entries({ ...fields, ...changes }).map(([key, value]) => `${key}: ${value}\n`)
  writeFileSync(plan, lines.join(""))
  const results = file || join(folder, "results", "evaluation.ndjson")
  const out = join(folder, "out")
  return { folder, results, out, flags: [plan, "--results", results, "--out", out] }
}

const linesOf = (file: string): ReadonlyArray<string> =>
  existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : []

test(
  "what is missing runs once, is told and drawn; checking finds it the same, and an altered record not",
  { timeout: 300_000 },
  async () => {
    const { results, out, flags } = evaluation()
    const first = await InProcess.run(Evaluate.command, ...flags, "--json")
    expect(first.error).toBeUndefined()
    const [stream, policies] = Object.entries(JSON.parse(first.stdout))[0]!
    expect(stream).toMatch(/tiny\.yaml$/)
    expect(policies).toMatchObject({
      immediate: { runs: 1, rounds: 12 },
      "periodic:2": { runs: 1, deltaAgainstImmediate: { seconds: { mean: expect.any(Number) } } }
    })
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("2 runs, of which 2 are recorded.")
    const recorded = linesOf(results)
    expect(recorded).toHaveLength(2)

    const again = await InProcess.run(Evaluate.command, ...flags, "--json")
    expect(again.stdout).toBe(first.stdout)
    expect((await InProcess.run(Evaluate.command, ...flags, "--summary", "--json")).stdout).toBe(first.stdout)

    const same = await InProcess.run(Evaluate.command, ...flags, "--check")
    expect(same.error).toBeUndefined()
    expect(same.stdout.match(/: the same$/gm)).toHaveLength(2)

    const altered = { ...JSON.parse(recorded[0]!), joules: 1 }
    writeFileSync(results, `${JSON.stringify(altered)}\n`)
    const other = await InProcess.run(Evaluate.command, ...flags, "--check")
    expect(other.error).toMatch(/^1 of 1 runs came out otherwise than recorded; /)
    expect(other.stdout).toMatch(/: joules was 1, is \d/)
  }
)

test("killed and started again, it goes on, and records nothing twice", { timeout: 300_000 }, async () => {
  const { results, flags } = evaluation({ policies: "[immediate, periodic:2, never, periodic:3]" })
  const command = Edgeol.start("evaluate", ...flags, "--workers", "1")
  const end = Edgeol.ended(command)
  while (linesOf(results).length < 1 && command.exitCode === null) await sleep(5)
  process.kill(command.pid!, "SIGKILL")
  expect((await end).code).toBeNull()
  const before = linesOf(results)
  expect(before.length).toBeGreaterThanOrEqual(1)
  expect(before.length).toBeLessThan(4)
  expect((await InProcess.run(Evaluate.command, ...flags)).error).toBeUndefined()
  const after = linesOf(results)
  expect(after).toEqual(expect.arrayContaining([...before]))
  expect(new Set(after.map((line) => JSON.stringify([JSON.parse(line).policy, JSON.parse(line).seed]))).size).toBe(4)
  expect(after).toHaveLength(4)
})

test("a run that fails does not stop the others, and is named at the end", { timeout: 300_000 }, async () => {
  const folder = Edgeol.folder()
  const sick = Edgeol.tiny(folder, { model: "{ kind: resnet8, weights: gone.keras }" })
  const well = Edgeol.tiny(Edgeol.folder())
  const { results, out, flags } = evaluation({ streams: `[${sick}, ${well}]`, policies: "[immediate]", seeds: "[1]" })
  const { error, stdout } = await InProcess.run(Evaluate.command, ...flags, "--data", folder)
  expect(error).toMatch(
    /^1 run failed: immediate on .*tiny\.yaml, seed 1 \(.*gone\.keras.*\); start the evaluation again/
  )
  expect(linesOf(results)).toHaveLength(1)
  expect(stdout).toContain(`${well}, against immediate:`)
  expect(existsSync(join(out, "report.html"))).toBe(true)
  expect(error).toMatch(
    /^1 run failed: immediate on .*tiny\.yaml, seed 1 \(.*gone\.keras.*\); start the evaluation again/
  )
  expect(error!.split("\n")).toHaveLength(1)
})

test("a policy in a file is known by its hash, and runs anew when it changes", { timeout: 300_000 }, async () => {
  const { folder, results, flags } = evaluation({ policies: "[immediate, periodic:2, ./ideas.ts#often]" })
  const rows = () => linesOf(results).map((line) => JSON.parse(line) as Results.Run)
  const own = () => rows().filter(({ policy }) => policy.startsWith("./ideas.ts"))
  Ideas.write(folder, 2)
  expect((await InProcess.run(Evaluate.command, ...flags)).error).toBeUndefined()
  const [mine] = own()
  expect(mine!.policy).toMatch(/^\.\/ideas\.ts#often@[0-9a-f]{8}$/)
  expect(mine).toEqual({ ...rows().find(({ policy }) => policy === "periodic:2"), policy: mine!.policy })
  const checked = await InProcess.run(Evaluate.command, ...flags, "--check")
  expect(checked).toMatchObject({
    error: undefined,
    stdout: expect.stringContaining(`${mine!.policy} 1 warm: the same`)
  })

  Ideas.write(folder, 3)
  const { stdout } = await InProcess.run(Evaluate.command, ...flags, "--json")
  expect(rows()).toHaveLength(4)
  const [changed] = own().filter(({ policy }) => policy !== mine!.policy)
  expect(changed!.finished).toBeLessThan(mine!.finished)
  const [policies] = Object.values(JSON.parse(stdout) as object)
  expect(Object.keys(policies as object)).toEqual(["immediate", "periodic:2", changed!.policy])
  const again = await InProcess.run(Evaluate.command, ...flags, "--check")
  expect(again.stdout).toContain(`${changed!.policy} 1 warm: the same`)
  expect(again.stdout).not.toContain(mine!.policy)
})

test("results that cannot be written are a sentence", async () => {
  const { flags } = evaluation({}, "/proc/results/evaluation.ndjson")
  const { error } = await InProcess.run(Evaluate.command, ...flags)
  expect(error).toMatch(/^Cannot write to \/proc\/results: .*; name another file with --results\.$/)
})

test.each([
  [{ policies: "[immediate, sorry]" }, [], /"policies\.1": There is no policy "sorry"/],
  [{ streams: "[patterns/moon]" }, [], /"streams\.0": there is no experiment called "patterns\/moon"/],
  [{ streams: "[gtsrb32/ni]" }, ["--data", "/nowhere"], /\/nowhere/],
  [{}, ["--workers", "0"], /^--workers must be at least 1, not 0\.$/],
  [{}, ["--summary"], /^No run is recorded in .*; evaluate first\.$/],
  [{}, ["--check"], /^No run is recorded to be checked; evaluate first\.$/]
])("%j %j is answered in one sentence before anything runs", async (changes, more, reason) => {
  const { flags, results, out } = evaluation(changes)
  const { error, stdout } = await InProcess.run(Evaluate.command, ...flags, ...more)
  expect(error).toMatch(reason)
  expect(error!.split("\n")).toHaveLength(1)
  expect([stdout, existsSync(results), existsSync(out)]).toEqual(["", false, false])
})

test("the page of one plan does not take the place of another's", () => {
  expect(Evaluate.place(Plan.standard)).toBe("runs/evaluate")
  expect(Evaluate.place("plans/mine.yaml")).toBe("runs/evaluate-mine")
})

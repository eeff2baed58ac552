import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Sweep from "@edgeol/cli/commands/Sweep"
import * as DeviceFile from "@edgeol/cli/DeviceFile"
import * as Device from "@edgeol/sim/Device"
import { DuckDBInstance } from "@duckdb/node-api"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as Ideas from "../Ideas.ts"
import * as InProcess from "../InProcess.ts"

const write = (folder: string, name: string, fields: Readonly<Record<string, string>>): string => {
  const path = join(folder, name)
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`)
  writeFileSync(path, lines.join(""))
  return path
}

const hour = {
  name: "hour",
  version: "1",
  stream: "patterns/nic@1",
  schedule: "[{ scene: 1, duration: 30 min }, { scene: 2, duration: 30 min }]",
  batches: "{ rate: 24/h, samples: 16, validation: 8 }",
  requests: "{ rate: 84/h }"
}

const small = {
  policies: "[immediate, 'periodic:$every', edgeol]",
  parameters: "{ every: [2, 4] }",
  scenarios: "[hour.yaml]",
  rounds: "[warm, cold]",
  seeds: "3"
}

interface Changes {
  readonly plan?: Readonly<Record<string, string>>
  readonly scenario?: Readonly<Record<string, string>>
}

const plan = (changes: Changes = {}) => {
  const folder = Edgeol.folder()
  write(folder, "hour.yaml", { ...hour, ...changes.scenario })
  return { folder, plan: write(folder, "plan.yaml", { ...small, ...changes.plan }), out: join(folder, "out") }
}

test("a plan becomes a table, once as CSV and once as Parquet", { timeout: 60_000 }, async () => {
  const { plan: path, out } = plan()
  const { stdout, error } = await InProcess.run(Sweep.command, path, "--out", out, "--json")
  expect(error).toBeUndefined()
  const { csv, parquet, trials, ran } = JSON.parse(stdout)
  expect([trials, ran]).toEqual([24, 24])
  const [header = "", ...lines] = readFileSync(csv, "utf8").trimEnd().split("\n")
  expect(header).toMatch(/^policy,every,scenario,device,rounds,seed,finished,iterations,fineTuningSeconds,joules,/)
  expect(lines.map((line) => line.split(",").slice(0, 6).join(","))).toContain(
    "periodic:4,4,hour.yaml,orin-nano@15W,cold,3"
  )
  const rows = await query(`SELECT policy, count(*)::INT AS n, sum(finished)::INT AS rounds,
    bool_and(abs(idleSeconds + inferenceSeconds + fineTuningSeconds - 3600) < 60) AS whole,
    count(DISTINCT tape)::INT AS tapes FROM '${parquet}' GROUP BY policy ORDER BY rounds DESC`)
  expect(rows.map(({ policy }) => policy)).toEqual(expect.arrayContaining(["immediate", "periodic:2", "edgeol"]))
  expect(rows[0]).toMatchObject({ policy: "immediate", n: 6, whole: true, tapes: 6 })
  expect(await query(`SELECT * FROM read_csv('${csv}') EXCEPT SELECT * FROM '${parquet}'`)).toEqual([])
})

const query = async (sql: string) => {
  const instance = await DuckDBInstance.create(":memory:")
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(sql)).getRowObjects()
  connection.closeSync()
  instance.closeSync()
  return rows
}

test(
  "a device may be a file from the plan's folder, as may a scenario's own, known by its hash",
  { timeout: 60_000 },
  async () => {
    const devices = "[orin-nano@15W, ./board.json, board.json@7W]"
    const {
      folder,
      plan: path,
      out
    } = plan({ plan: { policies: "[immediate]", parameters: "{}", seeds: "1", rounds: "[warm]", devices } })
    write(folder, "own.yaml", { ...hour, device: "{ name: ./board.json }" })
    const keep = (factor: number) => writeFileSync(join(folder, "board.json"), DeviceFile.print(slower(factor)))
    keep(2)
    const rows = async () => {
      const { stdout, error } = await InProcess.run(Sweep.command, path, "--out", out, "--json")
      expect(error).toBeUndefined()
      const lines = readFileSync(JSON.parse(stdout).csv as string, "utf8")
        .trimEnd()
        .split("\n")
      const [head = [], ...cells] = lines.map((line) => line.split(","))
      const [device, seconds] = [head.indexOf("device"), head.indexOf("fineTuningSeconds")]
      return cells.map((row) => [row[device]!.replace(folder, ""), Number(row[seconds])] as const)
    }
    const hash = () =>
      createHash("sha256")
        .update(readFileSync(join(folder, "board.json")))
        .digest("hex")
        .slice(0, 8)
    const [plain, twice, slow] = await rows()
    expect([plain![0], twice![0], slow![0]]).toEqual([
      "orin-nano@15W",
      `/board.json#${hash()}@15W`,
      `/board.json#${hash()}@7W`
    ])
    expect(twice![1]).toBeGreaterThan(1.2 * plain![1])
    expect(slow![1]).toBeGreaterThan(1.2 * twice![1])
    write(folder, "plan.yaml", {
      ...small,
      policies: "[immediate]",
      parameters: "{}",
      scenarios: "[own.yaml]",
      seeds: "1",
      rounds: "[warm]"
    })
    expect(await rows()).toEqual([[`/board.json#${hash()}@15W`, twice![1]]])
    const before = hash()
    keep(3)
    const [thrice] = await rows()
    expect(thrice![0]).not.toContain(before)
    expect(thrice![1]).toBeGreaterThan(1.2 * twice![1])
  }
)

test("a device's file that is missing or none is named with its line", async () => {
  const { folder, plan: path } = plan({ plan: { devices: "[orin-nano@15W, ./board.json]" } })
  const refused = async () => (await InProcess.run(Sweep.command, path)).error
  expect(await refused()).toMatch(
    /plan\.yaml, line \d, "devices\.1": Cannot read .*board\.json: no such file.*; name a device, or the file of one; correct the file and run again\.$/
  )
  writeFileSync(join(folder, "board.json"), "{}")
  expect(await refused()).toMatch(/plan\.yaml, line \d, "devices\.1": .*board\.json, "name": missing key/)
})

test(
  "policies may be in files from the plan's folder, and run anew when they change",
  { timeout: 60_000 },
  async () => {
    const {
      folder,
      plan: path,
      out
    } = plan({
      plan: {
        policies: "['periodic:$every', './ideas.ts#$which']",
        parameters: "{ every: [2, 4, 8], which: [often, seldom] }",
        seeds: "1",
        rounds: "[warm]"
      }
    })
    const swept = async () => {
      const { stdout, error } = await InProcess.run(Sweep.command, path, "--out", out, "--json")
      expect(error).toBeUndefined()
      const { ran, parquet } = JSON.parse(stdout)
      const rows = await query(`SELECT policy, finished::INT AS finished, joules, accuracy FROM '${parquet}'`)
      return { ran, rows: new Map(rows.map(({ policy, ...row }) => [policy, row])) }
    }
    Ideas.write(folder, 2)
    const first = await swept()
    expect(first.ran).toBe(5)
    expect(first.rows.get("./ideas.ts#often")).toEqual(first.rows.get("periodic:2"))
    expect(first.rows.get("./ideas.ts#seldom")).toEqual(first.rows.get("periodic:4"))
    expect(first.rows.get("periodic:2")).not.toEqual(first.rows.get("periodic:4"))
    expect((await swept()).ran).toBe(0)
    Ideas.write(folder, 4)
    const changed = await swept()
    expect(changed.ran).toBe(2)
    expect(changed.rows.get("./ideas.ts#often")).toEqual(first.rows.get("periodic:4"))
    expect(changed.rows.get("./ideas.ts#seldom")).toEqual(first.rows.get("periodic:8"))
  }
)

test("a policy's file that is missing, or exports no such policy, is named with its line", async () => {
  const { folder, plan: path } = plan({ plan: { policies: "[immediate, 'periodic:$every', './ideas.ts#oftn']" } })
  const refused = async () => (await InProcess.run(Sweep.command, path)).error
  expect(await refused()).toMatch(
    /plan\.yaml, line 1, "policies\.2": Cannot read the policy in .*ideas\.ts: there is no such file; .* run again\.$/
  )
  Ideas.write(folder, 2)
  expect(await refused()).toMatch(
    /plan\.yaml, line 1, "policies\.2": .*ideas\.ts exports the policies often, seldom; name one of them, .* run again\.$/
  )
})

/** A board whose passes take so many times as long. */
const slower = (by: number): Device.Board => {
  const factor = { factor: by, low: by, high: by, count: 1 }
  const file = { path: "tape.ndjson", sha256: "0".repeat(64) }
  const how = { mode: "15W", workload: "convnet", versions: {}, note: "made for this test", file }
  return {
    ...Device.load("orin-nano").board,
    corrections: { seconds: { forward: factor, backward: factor }, watts: {}, ...how }
  }
}

test("the same command goes on: nothing runs again, and another seed runs alone", { timeout: 60_000 }, async () => {
  const { folder, plan: path, out } = plan()
  await InProcess.run(Sweep.command, path, "--out", out, "--json")
  const again = await InProcess.run(Sweep.command, path, "--out", out)
  expect(again.stdout).toContain("24 trials, 0 of them run now.")
  write(folder, "plan.yaml", { ...small, seeds: "4" })
  expect((await InProcess.run(Sweep.command, path, "--out", out)).stdout).toContain("32 trials, 8 of them run now.")
  write(folder, "hour.yaml", { ...hour, requests: "{ rate: 85/h }" })
  expect((await InProcess.run(Sweep.command, path, "--out", out)).stdout).toContain("32 trials, 32 of them run now.")
})

test("a plan of a milliard trials says how many and how long, and does not start", { timeout: 60_000 }, async () => {
  const { plan: path, out } = plan({ plan: { seeds: "1000000000" } })
  const { error } = await InProcess.run(Sweep.command, path, "--out", out, "--workers", "2")
  expect(error).toMatch(
    /^This plan has 8\s000\s000\s000 trials, \d+ of them done: about [\d.\s]+ (year|day)s? on 2 cores; start it with --yes, or make it smaller\.$/
  )
  expect(existsSync(join(out, "results.csv"))).toBe(false)
})

test.each([
  [{ plan: { scenarios: "[none.yaml]" } }, [], /none\.yaml cannot be read/],
  [{ plan: { scenarios: "[motel]" } }, [], /no scenario or experiment called "motel"; name one of .*robot/],
  [{ plan: { policies: "[imediate]", parameters: "{}" } }, [], /plan\.yaml, line 1, "policies\.0": There is no policy/],
  [{ scenario: { requests: "{ rate: 0 }" } }, [], /hour\.yaml, line 6, "requests\.rate"/],
  [{ scenario: { stream: "patterns/moon@1" } }, [], /There is no surrogate for patterns\/moon@1/],
  [{ scenario: { surrogate: "mine.json" } }, [], /Cannot read .*mine\.json/],
  [{ scenario: { device: "{ name: orin-mini }" } }, [], /"device\.name": There is no device "orin-mini"/],
  [
    { scenario: { devices: "[{ name: orin-nano@15W }, { name: orin-mini }]" } },
    [],
    /"devices\.1\.name": There is no device/
  ],
  [{}, ["--workers", "0"], /--workers must be from 1 to 1024, not 0/]
] as const)("%j %j is answered in one sentence", async (changes, flags, reason) => {
  const { plan: path, out } = plan(changes)
  const { error, stdout } = await InProcess.run(Sweep.command, path, "--out", out, ...flags)
  expect(error).toMatch(reason)
  expect(error!.split("\n")).toHaveLength(1)
  expect(stdout).toBe("")
  expect(existsSync(out)).toBe(false)
})

test("a plan that is not there, and a folder that cannot be written to", async () => {
  const { folder, plan: path } = plan()
  expect((await InProcess.run(Sweep.command, join(folder, "no.yaml"))).error).toMatch(/Cannot read .*no\.yaml/)
  const { error } = await InProcess.run(Sweep.command, path, "--out", "/proc/sweep")
  expect(error).toMatch(/^Cannot write to \/proc\/sweep: .*; name another folder with --out\.$/)
})

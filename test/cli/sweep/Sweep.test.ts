/** Sweeps in processes of their own: killed, out of room, started twice. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Rng from "@edgeol/core/Rng"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as Driver from "./Driver.ts"

type Size = Omit<Driver.Asked, "folder">

const start = (folder: string, size: Size): ChildProcess =>
  spawn(process.execPath, Driver.command({ folder, ...size }), { stdio: ["ignore", "pipe", "pipe"] })

const sweep = (folder: string, size: Size) => Edgeol.ended(start(folder, size))

const files = (folder: string) =>
  ["results.csv", "results.parquet"].map((name) => readFileSync(join(folder, name)).toString("base64"))

const trials = (folder: string): ReadonlyArray<string> =>
  readFileSync(join(folder, "trials.ndjson"), "utf8").split("\n").slice(0, -1)

const bytes = (folder: string) => statSync(join(folder, "trials.ndjson"), { throwIfNoEntry: false })?.size ?? 0

/** Begins, and kills it so many ms after it has written more. */
const killed = async (folder: string, size: Size, after: number): Promise<boolean> => {
  const before = bytes(folder)
  const child = start(folder, size)
  const end = Edgeol.ended(child)
  while (child.exitCode === null && bytes(folder) === before) await sleep(1)
  await Promise.race([sleep(after), end])
  child.kill("SIGKILL")
  return (await end).code === null
}

test(
  "killed again and again, nothing is done twice or lost, and the bytes are the same",
  { timeout: 120_000 },
  async () => {
    const size = { customers: 2000, seeds: 40 }
    const [whole, often] = [Edgeol.folder(), Edgeol.folder()]
    expect((await sweep(whole, size)).stdout).toContain('"trials":240,"ran":240')
    const rng = Rng.named(1, "kills")
    let kills = 0
    while (kills < 6 && (await killed(often, size, 120 * rng.next()))) kills += 1
    expect(kills).toBeGreaterThanOrEqual(4)
    const kept = new Set(trials(often).filter((line) => line.endsWith("}")))
    const last = await sweep(often, size)
    const { ran } = JSON.parse(last.stdout) as { ran: number }
    expect(kept.size + ran).toBeGreaterThanOrEqual(240)
    expect(kept.size + ran).toBeLessThanOrEqual(241)
    expect(trials(often).toSorted()).toEqual(trials(whole).toSorted())
    expect(files(often)).toEqual(files(whole))
    expect(readdirSync(often).filter((name) => name.endsWith(".tmp"))).toEqual([])
  }
)

test("what is done is not done again: more seeds cost only themselves", { timeout: 60_000 }, async () => {
  const folder = Edgeol.folder()
  await sweep(folder, { customers: 100, seeds: 5 })
  expect((await sweep(folder, { customers: 100, seeds: 8 })).stdout).toContain('"trials":48,"ran":18')
  expect((await sweep(folder, { customers: 100, seeds: 8 })).stdout).toContain('"trials":48,"ran":0')
  const lines = readFileSync(join(folder, "results.csv"), "utf8").split("\n")
  expect(lines).toHaveLength(50)
  expect(lines[0]).toBe("policy,every,scenario,device,rounds,seed,customers,mean")
  expect(lines[1]).toMatch(/^immediate,,one.yaml,orin-nano@15W,warm,1,900,\d+\.\d+$/)
})

test("a disk that is full is one sentence, and nothing is lost", { timeout: 60_000 }, async () => {
  const size = { customers: 100, seeds: 30 }
  const [whole, full] = [Edgeol.folder(), Edgeol.folder()]
  await sweep(whole, size)
  const command = Driver.command({ folder: full, ...size }).map((word) => `'${word}'`)
  const blocks = 20 // of 512 bytes: room for half of the trials
  const limited = spawn("sh", [
    "-c",
    `trap '' XFSZ; ulimit -f ${blocks}; exec '${process.execPath}' ${command.join(" ")}`
  ])
  const { code, stderr } = await Edgeol.ended(limited)
  expect(code).toBe(1)
  const said = /^Cannot write to .*: file too large; (\d+) trials of 180 are kept, make room and/m.exec(stderr)
  const kept = trials(full).length
  expect(Number(said?.[1])).toBe(kept)
  expect(kept).toBeGreaterThan(50)
  expect((await sweep(full, size)).stdout).toContain(`"trials":180,"ran":${180 - kept}`)
  expect(files(full)).toEqual(files(whole))
})

test("a trial that fails is named, and the others are kept", { timeout: 60_000 }, async () => {
  const folder = Edgeol.folder()
  const { code, stderr } = await sweep(folder, { customers: 100, seeds: [5, 6, 0] })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^The trial of \S+ in \w+.yaml with seed 0 failed: there is no zeroth try; \d+ trials? of 18 are kept, mend it and give the same command again\.$/m
  )
  expect(existsSync(join(folder, "results.csv"))).toBe(false)
})

test("how many and how long is told before, and may be declined", { timeout: 60_000 }, async () => {
  const folder = Edgeol.folder()
  const { code, stderr } = await sweep(folder, { customers: 100, seeds: 1_000_000_000, agrees: false })
  expect(code).toBe(1)
  const [, left, seconds] = /^6000000000 trials, (\d+) left, ([\d.]+) s\nNo\.\n$/.exec(stderr) ?? []
  expect(Number(left)).toBeGreaterThan(5_999_999_900)
  expect(Number(seconds)).toBeGreaterThan(60)
  expect(trials(folder).length).toBeLessThan(100)
})

test("two sweeps do not write to one folder", { timeout: 60_000 }, async () => {
  const folder = Edgeol.folder()
  const size = { customers: 20_000, seeds: 50 }
  const child = start(folder, size)
  const end = Edgeol.ended(child)
  while (bytes(folder) === 0) await sleep(1)
  const { code, stderr } = await sweep(folder, size)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Another sweep is at work in .*; wait for it, or name another folder with --out\.$/m)
  child.kill("SIGKILL")
  await end
})

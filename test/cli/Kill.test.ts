/** `kill -9` at any moment, then `--resume`: the run ends as if nothing had happened. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Rng from "@edgeol/core/Rng"
import { expect, test } from "vitest"
import * as Edgeol from "./Edgeol.ts"

interface Killed {
  /** Kills in all, before the first snapshot, and while a round had a process of its own. */
  kills: number
  early: number
  parted: number
}

/** When the next kill comes: ms after the run has gone on, or after it was asked to start. */
interface Moment {
  readonly after: number
  readonly starting: boolean
  /** Not before a round has a process of its own. */
  readonly parting: boolean
}

/** Kills a run again and again until it has had `kills`, then lets it end. */
const endAfter = async (kills: number, flags: ReadonlyArray<string>, out: string, moments: Moments) => {
  const killed: Killed = { kills: 0, early: 0, parted: 0 }
  while (killed.kills < kills && (await killOnce(flags, out, moments.next(), moments.whole(), killed)));
  return { ...(await result([...flags, "--out", out, "--resume"])), killed }
}

/** False when the run ended before its moment came. */
const killOnce = async (
  flags: ReadonlyArray<string>,
  out: string,
  { after, starting, parting }: Moment,
  whole: boolean,
  killed: Killed
) => {
  const before = touched(out)
  const command = Edgeol.start(...flags, "--out", out, "--resume")
  const end = Edgeol.ended(command)
  const running = () => command.exitCode === null
  if (!starting) while (running() && touched(out) === before) await sleep(1)
  if (parting) while (running() && members(command.pid!).length < 2) await sleep(1)
  await Promise.race([sleep(after), end])
  if (!running()) return false
  const [early, parted] = [!existsSync(join(out, "snapshot.json")), members(command.pid!).length > 1]
  process.kill(whole ? -command.pid! : command.pid!, "SIGKILL")
  if ((await end).code !== null) return false
  killed.kills += 1
  if (early) killed.early += 1
  if (parted) killed.parted += 1
  await expect.poll(() => members(command.pid!), { timeout: 20_000 }).toEqual([])
  return true
}

/** When the tape was written to last. */
const touched = (out: string) => statSync(join(out, "tape.ndjson"), { throwIfNoEntry: false })?.mtimeMs

/** Processes of a group that have not ended. */
const members = (group: number): ReadonlyArray<string> =>
  readdirSync("/proc").filter((id) => /^\d+$/.test(id) && isMember(id, group))

const isMember = (id: string, group: number) => {
  try {
    const [state, , of] = readFileSync(`/proc/${id}/stat`, "utf8").split(") ").at(-1)!.split(" ")
    return Number(of) === group && state !== "Z"
  } catch {
    return false // ended since the listing
  }
}

interface Moments {
  readonly next: () => Moment
  /** Whether the kill is of the whole process group. */
  readonly whole: () => boolean
}

/** The first comes early, one in eight while the process starts, the others up to `longest` ms into its work. */
const moments = (seed: number, longest: number, cold: boolean): Moments => {
  const rng = Rng.named(seed, "kills")
  let asked = 0
  return {
    next: () => {
      const starting = asked > 0 && rng.next() < 1 / 8
      const after = rng.next() * (asked++ === 0 ? 50 : starting ? 500 : longest)
      const parting = cold && asked % 3 === 0
      return { after: parting ? after / 10 : after, starting, parting }
    },
    whole: () => rng.next() < 0.5
  }
}

const result = async (flags: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await Edgeol.run(...flags)
  expect(stderr).toBe("")
  expect(code).toBe(0)
  const { folder, ...summary } = JSON.parse(stdout)
  return { summary, tape: readFileSync(join(folder, "tape.ndjson"), "utf8") }
}

const ways = [
  { policy: "edgeol:frequency.needMin=1,frequency.needMax=2", rounds: "warm", kills: 8, longest: 500 },
  { policy: "immediate", rounds: "warm", kills: 6, longest: 400 },
  { policy: "immediate", rounds: "cold", kills: 7, longest: 2500 }
]

test.each(ways)("$policy, $rounds rounds, killed $kills times", { timeout: 180_000 }, async (way) => {
  const home = Edgeol.folder()
  const cold = way.rounds === "cold"
  const stream = Edgeol.tiny(home, {
    initial: "{ samples: 640, epochs: 4, learningRate: 0.01 }",
    batches: `{ perScenario: ${cold ? 1 : 12}, samples: 16, validation: 4, secondsBetween: 1.5, process: { kind: periodic } }`
  })
  const flags = ["run", "--stream", stream, "--policy", way.policy, "--rounds", way.rounds, "--json"]
  const repeatable = [...flags, ...Edgeol.repeatable]
  const whole = await result([...repeatable, "--out", join(home, "whole")])
  mkdirSync(join(home, "killed"))
  // The whole one trains in its own process, so this also holds cold rounds to equal warm ones.
  const processes = cold ? ["--processes"] : []
  const again = [...repeatable, ...processes]
  const { killed, ...resumed } = await endAfter(way.kills, again, join(home, "killed"), moments(1, way.longest, cold))
  expect(resumed).toEqual(whole)
  expect(whole.summary.rounds).toBeGreaterThan(3)
  expect(killed.early).toBeGreaterThan(0)
  expect(killed.kills).toBe(way.kills)
  if (cold) expect(killed.parted).toBeGreaterThan(0)
})

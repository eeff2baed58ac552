/**
 * Deployments that are killed, one after another, on one device: what acts there, at any time or at one of its operations
 * on the disk and with what a power cut takes along; its ssh session; or the sender. What is current then is whole, and
 * the old or the new release; what answers after that, or after a boot, is what is current; the next deployment works.
 *
 *     node test/deploy/Kills.ts [--kills 500] [--seed 1] [--jetson] [--out FILE]
 *
 * Kills come in series of 25 (10 on the emulated board), each on a device of its own; a series is a line of the file,
 * and one that is there is not run again.
 */
import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import * as Rng from "@edgeol/core/Rng"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Health from "@edgeol/deploy/device/Health"
import * as Places from "@edgeol/deploy/device/Places"
import { Effect } from "effect"
import * as Arm64 from "../fakes/Arm64.ts"
import * as Death from "../fakes/Death.ts"
import * as FakeJetson from "../fakes/FakeJetson.ts"
import * as Loopback from "../fakes/Loopback.ts"
import * as Slices from "../fakes/Slices.ts"
import * as Board from "./board.ts"
import * as Releases from "./releases.ts"

export interface Outcome {
  readonly seed: number
  readonly device: string
  readonly kills: number
  /** How far the deployment was when it was killed, by what was. */
  readonly moments: Readonly<Record<string, number>>
  readonly powerCuts: number
  /** Boots of the device after a kill. */
  readonly boots: number
  /** What was current then. */
  readonly current: { readonly old: number; readonly new: number }
  /** Deployments that ended before their moment came; they are no kills. */
  readonly finished: number
  readonly seconds: number
}

/** What a deployment does, by the names of moments. */
const phases: Readonly<Record<string, RegExp>> = {
  looking: /: looking$/,
  "bringing a runtime": /: unpacking the runtime$|: uploading$/,
  "taking in a release":
    /: unpacking$|: placed$|(make|create|write|sync|link) [^.]|sync folder (app|initial|release-#|releases)|rename #$/,
  switching: /: switching$|(link|rename) \.?(pending|current)/,
  judging: /: judged$/,
  accepting: /: accepted$|installed\.json|rename previous/,
  tidying: /: tidying$|discarded/
}

type Release = Awaited<ReturnType<typeof Board.bundle>>

/** What one series goes through. */
interface Series {
  readonly board: Loopback.Device & { readonly bin?: string }
  readonly target: "linux-x64" | "linux-arm64"
  /** Of the device, as the host sees it: `/` where it is this computer. */
  readonly root: string
  readonly node: string
  readonly by: Releases.Signer
  readonly rng: Rng.Rng
  readonly moments: Record<string, number>
  readonly operations: Map<string, number>
  readonly current: { old: number; new: number }
  powerCuts: number
  boots: number
  finished: number
  layer: Deploy.Runtime
  now: Release
  /** Seconds that a deployment usually takes, on the device and from here. */
  readonly usual: { act: number; send: number }
}

const deploy = ({ board, layer, by }: Series, bundle: Release) =>
  Board.on(board.host, (host) =>
    Deploy.deploy(host, {
      bundle,
      runtime: Effect.succeed(layer),
      trust: by.pair.publicKey,
      seconds: patience,
      tell: () => {}
    })
  )

/** Of a deployment, seconds. */
const patience = 60

/** How a process ended: killed in the middle, or by itself before. */
interface Ended {
  readonly isKilled: boolean
  readonly isGood: boolean
}

/** `kill` gives whether there was anything to kill, and is tried from then on until there is. */
const ended = (child: ChildProcess, after: number, kill: () => boolean): Promise<Ended> =>
  new Promise((resolve) => {
    let isKilled = false
    let timer: NodeJS.Timeout | undefined
    const strike = () => {
      isKilled = kill()
      if (!isKilled) timer = setTimeout(strike, 10)
    }
    if (after < Infinity) timer = setTimeout(strike, after * 1000)
    child.once("close", (status, signal) => {
      clearTimeout(timer)
      resolve({ isKilled: isKilled || signal === "SIGKILL" || status === 137, isGood: status === 0 })
    })
  })

/** What a deployment does on the device, in a group of its own. */
const acted = async ({ board }: Series, bundle: Release, after: number, at?: Death.Moment): Promise<Ended> => {
  rmSync(Death.known(board.root), { force: true })
  const tool = join("tools", readdirSync(join(board.root, "tools"))[0]!)
  const receive = ["receive", bundle.hash, String(bundle.bytes), String(patience)]
  const death = Death.environment({ below: board.root, ...(at === undefined ? {} : { at }) })
  const program = spawn("flock", ["-n", "-o", "lock", process.execPath, "--import", Death.file, tool, ...receive], {
    cwd: board.root,
    env: { ...process.env, ...death, HOME: board.home, PATH: `${board.bin}:${process.env.PATH}` },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
  program.stdin.once("error", () => {}).write(readFileSync(bundle.path))
  return ended(program, after, () => end(-program.pid!))
}

/** A deployment in a process of its own. */
const sent = ({ board, layer, by, root }: Series, bundle: Release, victim: Victim, after: number): Promise<Ended> => {
  const settings = join(mkdtempSync(join(tmpdir(), "settings-")), "settings.json")
  writeFileSync(settings, JSON.stringify({ host: board.host, bundle: bundle.path, layer, trust: by.pair.publicKey }))
  const sender = spawn(process.execPath, [join(import.meta.dirname, "sender.ts"), settings], {
    stdio: "ignore",
    env: { ...process.env, EDGEOL_SSH: board.ssh }
  })
  return ended(sender, after, () => {
    if (victim === "sender") return sender.kill("SIGKILL")
    return victims(board, root, victim).map(end).includes(true)
  })
}

/** False where it has ended. */
const end = (pid: number): boolean => {
  try {
    return process.kill(pid, "SIGKILL")
  } catch {
    return false
  }
}

const kinds = ["sender", "session", "program"] as const
type Victim = (typeof kinds)[number]

/** Processes on the device: of the ssh server's sessions, or of the program that switches. */
const victims = (board: Loopback.Device, root: string, victim: Victim): ReadonlyArray<number> => {
  const home = root === "/" ? board.home : board.home.slice(root.length)
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isIn(name, root))
    .filter((name) => {
      const [command, environment] = [read(`/proc/${name}/cmdline`), read(`/proc/${name}/environ`)]
      if (!environment.includes(`HOME=${home}\0`) || command.includes("app/agent.js")) return false
      return victim === "session"
        ? /(^|\/)(sh|bash)\0/.test(command)
        : command.includes("/bin/node") || command.includes("tools/")
    })
    .map(Number)
}

const isIn = (pid: string, root: string): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/root`) === root
  } catch {
    return false
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return "" // it has ended
  }
}

/** Waits until nobody works on the device any more. */
const quiet = async ({ board, root }: Series) => {
  for (const until = performance.now() + 120_000; performance.now() < until; await sleep(100)) {
    if (victims(board, root, "session").length + victims(board, root, "program").length === 0) return
  }
  throw new Error("The device does not come to rest.")
}

/** How far a deployment came, by what it left. */
const stage = ({ board: { root } }: Series, next: Release): string => {
  const current = Places.linked(root, "current")
  const incoming = existsSync(join(root, "incoming")) ? readdirSync(join(root, "incoming")) : []
  const installed = existsSync(join(root, "installed.json"))
    ? JSON.parse(readFileSync(join(root, "installed.json"), "utf8")).hash
    : undefined
  if (Places.isPending(root))
    return installed === next.hash ? "accepted" : current === next.hash ? "judged" : "switching"
  if (current === next.hash) return "tidying"
  if (existsSync(join(root, "releases", next.hash))) return "placed"
  if (incoming.includes(`release-${next.hash}`)) return "unpacking"
  if (incoming.some((name) => /^runtime-[0-9a-f]+$/.test(name))) return "unpacking the runtime"
  if (incoming.some((name) => name.endsWith(".part"))) return "uploading"
  return "looking"
}

/** What is current is all there, as it was signed, and so is all that could become current. */
const whole = ({ board, by }: Series, allowed: ReadonlyArray<string>): string => {
  const hash = Places.linked(board.root, "current")!
  assert.ok(allowed.includes(hash), `${hash} is the old or the new release`)
  for (const name of readdirSync(join(board.root, "releases"))) {
    const { manifest } = Bundle.check(filesOf(join(board.root, "releases", name, "app")), [by.publicKey])
    assert.ok(existsSync(join(board.root, "runtimes", manifest.runtime, "bin/node")), "its runtime is there")
  }
  for (const name of readdirSync(join(board.root, "runtimes"))) {
    execFileSync("sha256sum", ["-c", "--strict", "--status", "SHA256SUMS"], { cwd: join(board.root, "runtimes", name) })
  }
  return hash
}

const filesOf = (folder: string) =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(folder.length + 1), readFileSync(path)] as const
      })
  )

/** Kills the agent and starts the service, as a boot does; gives the release that answers. */
const booted = async ({ board, root, now }: Series, next: Release): Promise<void> => {
  const pending = Places.isPending(board.root)
  if (root === "/") {
    const env = { ...process.env, HOME: board.home, PATH: `${board.bin}:${process.env.PATH}` }
    const pid = read(join(board.home, ".service.pid")).trim()
    if (pid !== "") end(-Number(pid))
    rmSync(join(board.home, ".service.pid"), { force: true })
    execFileSync("systemctl", ["--user", "start", "edgeol.service"], { cwd: board.home, env, stdio: "ignore" })
  } else {
    const boot = `p=$(cat .service.pid 2>/dev/null) && kill -9 -$p; rm -f .service.pid; systemctl --user start edgeol.service`
    const [ssh = "", ...args] = board.ssh.split(" ")
    execFileSync(ssh, [...args, board.host, boot], { stdio: "ignore" })
  }
  const current = Places.linked(board.root, "current")!
  assert.ok(!pending || current === now.hash, "what nobody judged has stepped back")
  const release = (current === next.hash ? next : now).manifest.release
  const why = await Health.wait(Health.socket(board.root), release, { seconds: patience, isLost: () => false })
  assert.equal(why, undefined, `release ${release} answers after a boot`)
}

/** What answers without a boot is the old or the new release, or nobody yet. */
const answers = async ({ board, now }: Series, next: Release): Promise<void> => {
  const { status, body } = await Health.ask(Health.socket(board.root))
  const allowed: ReadonlyArray<unknown> = [now.manifest.release, next.manifest.release]
  assert.ok(status === 0 || allowed.includes(body.release), `release ${String(body.release)} answers`)
}

interface Moment {
  readonly what: string
  /** The release comes with another runtime, as it does now and then. */
  readonly brings: boolean
  readonly strike: (bundle: Release) => Promise<Ended>
}

const moment = (series: Series): Moment => {
  const { rng, operations, usual, root } = series
  if (root !== "/" || rng.next() < 0.3) {
    const victim = kinds[rng.below(3)]!
    const brings = rng.next() < 0.5
    const longest = brings ? 3 * usual.send : usual.send
    return { what: victim, brings, strike: (next) => sent(series, next, victim, rng.next() * longest) }
  }
  if (operations.size === 0 || rng.next() < 0.35) {
    const after = usual.act * rng.next()
    return { what: "the device's program", brings: false, strike: (next) => acted(series, next, after) }
  }
  const [operation, count] = [...operations][rng.below(operations.size)]!
  const at: Death.Moment = {
    operation,
    nth: 1 + rng.below(Math.min(count, 4)),
    way: (["before", "torn", "after"] as const)[rng.below(3)]!,
    isPowerCut: rng.next() < 0.5,
    seed: rng.below(2 ** 31)
  }
  return { what: "", brings: false, strike: (next) => acted(series, next, Infinity, at) }
}

/** What the device's program did on the disk, and how it died if that was there. */
const noted = (series: Series): string | undefined => {
  const path = Death.notes(series.board.root)
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  rmSync(path)
  for (const { operation, count } of lines) {
    if (operation !== undefined)
      series.operations.set(operation, Math.max(count, series.operations.get(operation) ?? 0))
  }
  const died = lines.find((line) => "died" in line)
  if (died?.isPowerCut === true) series.powerCuts += 1
  return died && `${died.way} ${died.died}`
}

/** Tries a new release, and deploys it for good after that. */
const tried = async (series: Series, number: number, { what, brings, strike }: Moment): Promise<void> => {
  const { board, by, rng, target, node } = series
  if (brings) series.layer = Board.runtime(node, `${number}`)
  const next = await Board.bundle(by, number, series.layer, Board.agent, "as-ever", target)
  const { isKilled } = await strike(next)
  await quiet(series)
  const died = noted(series)
  if (isKilled) {
    const moment = died ?? `${what}: ${stage(series, next)}`
    series.moments[moment] = (series.moments[moment] ?? 0) + 1
    if (died !== undefined || rng.next() < 0.5) {
      series.boots += 1
      await booted(series, next)
    } else await answers(series, next)
    series.current[whole(series, [series.now.hash, next.hash]) === next.hash ? "new" : "old"] += 1
  } else series.finished += 1
  const done = await deploy(series, next)
  assert.ok(typeof done === "object" && done.release === number, `the next deployment works: ${JSON.stringify(done)}`)
  assert.deepEqual([whole(series, [next.hash]), Places.isPending(board.root)], [next.hash, false])
  series.now = next
}

const opened = async (isJetson: boolean) => {
  if (!isJetson) {
    const board = await Loopback.open()
    return { board, root: "/", node: process.execPath, target: `linux-${process.arch}` as const }
  }
  const board = await FakeJetson.open()
  const root = board.home.slice(0, -"/home/nvidia".length)
  cpSync(Arm64.node()!, join(root, "usr/local/bin/node"))
  return { board, root, node: "/usr/local/bin/node", target: "linux-arm64" as const }
}

/** A device on which so many deployments are killed. Throws where it is not as it should be then. */
export const run = async (seed: number, kills = 25, isJetson = false): Promise<Outcome> => {
  const begun = performance.now()
  const { board, root, node, target } = await opened(isJetson)
  process.env.EDGEOL_SSH = board.ssh
  const by = Releases.signer()
  const layer = Board.runtime(node)
  const now = await Board.bundle(by, 1, layer, Board.agent, "as-ever", target as "linux-x64")
  const series: Series = {
    board,
    root,
    node,
    target: target as "linux-x64",
    by,
    rng: Rng.named(seed, "deployments"),
    moments: {},
    operations: new Map(),
    current: { old: 0, new: 0 },
    powerCuts: 0,
    boots: 0,
    finished: 0,
    layer,
    now,
    usual: { act: 1, send: 3 }
  }
  try {
    assert.deepEqual(typeof (await deploy(series, now)), "object")
    const all = () => Object.values(series.moments).reduce((sum, count) => sum + count, 0)
    const first = root === "/" ? [watched(series, "act"), watched(series, "send")] : [watched(series, "send")]
    for (let number = 2; all() < kills; number++) await tried(series, number, first[number - 2] ?? moment(series))
    const { moments, powerCuts, boots, current, finished } = series
    const seconds = Math.round((performance.now() - begun) / 1000)
    const device = isJetson ? "emulated" : target
    return { seed, device, kills: all(), moments, powerCuts, boots, current, finished, seconds }
  } catch (error) {
    console.error(
      `Seed ${seed}, ${basename(board.home)}: ${JSON.stringify(series.moments)}, ${read(join(board.home, ".service.log")).slice(-500)}`
    )
    throw error
  } finally {
    board.close()
  }
}

/** One that nobody kills, to see what it does and how long it takes. */
const watched = (series: Series, way: "act" | "send"): Moment => ({
  what: "",
  brings: false,
  strike: async (next) => {
    const start = performance.now()
    const ends = await (way === "act" ? acted(series, next, Infinity) : sent(series, next, "sender", Infinity))
    series.usual[way] = (performance.now() - start) / 1000
    assert.ok(ends.isGood)
    return ends
  }
})

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: "string" },
      seed: { type: "string" },
      jetson: { type: "boolean" },
      out: { type: "string" }
    }
  })
  const isArm = values.jetson === true
  const noNode = Arm64.node() === undefined ? "EDGEOL_NODE_ARM64 names no Node for arm64" : undefined
  const obstacle = isArm ? (FakeJetson.obstacle() ?? noNode) : Loopback.obstacle()
  if (obstacle !== undefined) throw new Error(`No deployment is killed: ${obstacle}.`)
  const each = isArm ? 10 : 25
  const { kills = "500", seed = "1", out } = values
  const outcomes = await Slices.run(Number(seed), Math.ceil(Number(kills) / each), out, (one) => run(one, each, isArm))
  Slices.judged(outcomes, phases)
}

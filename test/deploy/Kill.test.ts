/**
 * Deployments that are killed at random moments: what acts on the device, its ssh session, or the sender. What runs then
 * is whole and is the old or the new release, and the next deployment works. 30 kills, `EDGEOL_KILLS` others, and every
 * tenth of all over ssh.
 */
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Places from "@edgeol/deploy/device/Places"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import * as Loopback from "../fakes/Loopback.ts"
import * as Board from "./board.ts"
import * as Releases from "./releases.ts"

const obstacle = Loopback.obstacle()
if (obstacle !== undefined) console.warn(`The deployments that are killed are skipped: ${obstacle}.`)

const kills = Number(process.env.EDGEOL_KILLS ?? 30)
const overSsh = Math.ceil(kills / 10)

describe.skipIf(obstacle !== undefined)("a deployment that is killed", () => {
  const by = Releases.signer()
  const layer = Board.runtime()
  let board: Loopback.Loopback
  let now: Deploy.Options["bundle"]
  let release = 1

  beforeAll(async () => {
    board = await Loopback.open()
    process.env.EDGEOL_SSH = board.ssh
    now = await Board.bundle(by, 1, layer)
    expect(await deploy(now)).toMatchObject({ release: 1 })
  })
  afterAll(() => board.close())

  const deploy = (bundle: Deploy.Options["bundle"]) =>
    Board.on(board.host, (host) =>
      Deploy.deploy(host, {
        bundle,
        runtime: Effect.succeed(layer),
        trust: by.pair.publicKey,
        seconds: 20,
        tell: () => {}
      })
    )

  /** A deployment in a process of its own, with something killed after so many seconds. */
  const sent = (bundle: Deploy.Options["bundle"], victim: Victim, after: number) => {
    const settings = join(board.home, "settings.json")
    writeFileSync(settings, JSON.stringify({ host: board.host, bundle: bundle.path, layer, trust: by.pair.publicKey }))
    const sender = spawn(process.execPath, [fileURLToPath(new URL("./sender.ts", import.meta.url)), settings], {
      stdio: "ignore"
    })
    return cut(sender, after, () => {
      if (victim === "sender") sender.kill("SIGKILL")
      else for (const pid of victims(board.home, victim)) process.kill(pid, "SIGKILL")
    })
  }

  /** What a deployment does on the device, in a group of its own that is killed after so many seconds. */
  const acted = (bundle: Deploy.Options["bundle"], after: number) => {
    const tool = join("tools", readdirSync(join(board.root, "tools"))[0]!)
    const receive = ["receive", bundle.hash, String(bundle.bytes), "20"]
    const command = ["-n", "-o", "lock", process.execPath, tool, ...receive]
    const env = { ...process.env, HOME: board.home, PATH: `${board.bin}:${process.env.PATH}` }
    const program = spawn("flock", command, {
      cwd: board.root,
      env,
      stdio: ["pipe", "ignore", "ignore"],
      detached: true
    })
    program.stdin.once("error", () => {}).write(readFileSync(bundle.path))
    return cut(program, after, () => process.kill(-program.pid!, "SIGKILL"))
  }

  /** What is current is all there, as it was signed, and so is all that could become current. */
  const whole = (allowed: ReadonlyArray<string>) => {
    const hash = Places.linked(board.root, "current")!
    expect(allowed).toContain(hash)
    for (const name of readdirSync(join(board.root, "releases"))) {
      Bundle.check(filesOf(join(board.root, "releases", name, "app")), [by.publicKey])
      expect(existsSync(join(board.root, "releases", name, "runtime/bin/node"))).toBe(true)
    }
    return hash
  }

  /** Tries a new release with `attempt`, and deploys it for good after that. */
  const tried = async (attempt: (bundle: Deploy.Options["bundle"]) => Promise<boolean>) => {
    release += 1
    const next = await Board.bundle(by, release, layer)
    const finished = await attempt(next)
    await quiet(board.home)
    const outcome = finished ? "finished" : whole([now.hash, next.hash]) === next.hash ? "new" : "old"
    if (!finished) expect(await deployed(next)).toBe(true)
    expect([whole([next.hash]), Places.isPending(board.root)]).toEqual([next.hash, false])
    now = next
    return outcome
  }

  const deployed = (bundle: Deploy.Options["bundle"]) => acted(bundle, Infinity)

  test(`on the device, ${kills} times, leaves the old or the new release whole`, async () => {
    const tally = { old: 0, new: 0, finished: 0 }
    const start = performance.now()
    tally[await tried(deployed)] += 1
    const usual = (performance.now() - start) / 1000
    for (let i = 0; i < kills; i++) tally[await tried((next) => acted(next, Math.random() * usual))] += 1
    console.log(`${kills} kills on the device: ${JSON.stringify(tally)}`)
    expect(tally.old + tally.new).toBeGreaterThan(kills / 4)
  }, 36_000_000)

  test(`on its way, ${overSsh} times, leaves the old or the new release whole`, async () => {
    const tally = { old: 0, new: 0, finished: 0 }
    for (let i = 0; i < overSsh; i++) {
      const victim = kinds[i % kinds.length]!
      tally[await tried((next) => sent(next, victim, 0.5 + Math.random() * 3))] += 1
    }
    console.log(`${overSsh} kills on the way: ${JSON.stringify(tally)}`)
  }, 36_000_000)
})

/** Whether a process came to its own good end before it was cut off. */
const cut = (child: ChildProcess, after: number, kill: () => void): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = after === Infinity ? undefined : setTimeout(kill, after * 1000)
    child.once("close", (status) => {
      clearTimeout(timer)
      resolve(status === 0)
    })
  })

const kinds = ["sender", "session", "program"] as const
type Victim = (typeof kinds)[number]

/** Processes on the device: of the ssh server's sessions, or of the program that switches. */
const victims = (home: string, victim: Victim): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const [command, environment] = [read(`/proc/${name}/cmdline`), read(`/proc/${name}/environ`)]
      if (!environment.includes(`HOME=${home}\0`) || command.includes("app/agent.js")) return false
      return victim === "session"
        ? command.startsWith("sh\0")
        : command.includes("/bin/node") || command.includes("tools/")
    })
    .map(Number)

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return "" // it has ended
  }
}

/** Waits until nobody works on the device any more. */
const quiet = async (home: string) => {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    if (victims(home, "session").length + victims(home, "program").length === 0) return
    await new Promise((go) => setTimeout(go, 100))
  }
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

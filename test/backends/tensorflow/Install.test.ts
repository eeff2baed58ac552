import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import * as Install from "@edgeol/backends/tensorflow/Install"
import * as Layout from "@edgeol/backends/tensorflow/Layout"
import * as Lock from "@edgeol/backends/tensorflow/Lock"
import * as Wheel from "@edgeol/backends/tensorflow/Wheel"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

const install = (wheel: Wheel.Wheel, cache: string) => Lock.hold(cache, Install.install(wheel, cache))

/** The reason of a failing installation, and what it left in the cache. */
const failure = async (wheel: Wheel.Wheel, path: string, env: Record<string, string>) => {
  const cache = join(path, "cache")
  const error = await Fixture.under({ ...Fixture.index(path), ...env }, Effect.flip(install(wheel, cache)))
  return { reason: error.reason, message: error.message, left: readdirSync(cache) }
}

const files = (path: string) =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .toSorted()

/** The installation in a process of its own, and what it printed. */
const child = (wheel: Wheel.Wheel, cache: string, index: string) => {
  const script = fileURLToPath(new URL("./installs.ts", import.meta.url))
  const env = { ...process.env, ...Fixture.index(index) }
  const process_ = spawn(process.execPath, [script, cache, JSON.stringify(wheel)], { env })
  const said: Array<string> = []
  process_.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()))
  return { process: process_, ended: once(process_, "close").then(([code]) => ({ code, said: said.join("") })) }
}

describe("Install", () => {
  it("unpacks the needed members, keeps no wheel, and needs no tool afterwards", () =>
    Fixture.folder(async (path) => {
      const wheel = Fixture.build(path)
      const cache = join(path, "cache")
      const target = await Fixture.under(Fixture.index(path), install(wheel, cache))
      expect(files(target)).toEqual(Fixture.needed)
      expect(readdirSync(cache)).toEqual([Wheel.folder(wheel)])
      expect(await Fixture.under({ PATH: path }, install(wheel, cache))).toBe(target)
    }))

  it("replaces a library that was emptied", () =>
    Fixture.folder(async (path) => {
      const wheel = Fixture.build(path)
      const cache = join(path, "cache")
      const target = await Fixture.under(Fixture.index(path), install(wheel, cache))
      writeFileSync(join(target, Layout.library), "")
      expect(Install.installed(wheel, cache)).toBe(false)
      await Fixture.under(Fixture.index(path), install(wheel, cache))
      expect(Install.installed(wheel, cache)).toBe(true)
    }))

  it("refuses another hash, and leaves nothing", () =>
    Fixture.folder(async (path) => {
      const wheel = { ...Fixture.build(path), sha256: "0".repeat(64) }
      const { reason, message, left } = await failure(wheel, path, {})
      expect(reason).toBe("WrongHash")
      expect(message).toContain("not the pinned 000")
      expect(left).toEqual([])
    }))

  it("says when pip finds nothing", () =>
    Fixture.folder(async (path) => {
      const { reason, message, left } = await failure(Fixture.build(path), path, { PIP_FIND_LINKS: "" })
      expect(reason).toBe("Download")
      expect(message).toContain("could not download edgeol_fixture-1.0-cp311")
      expect(left).toEqual([])
    }))

  it("says when there is no Python", () =>
    Fixture.folder(async (path) => {
      const { reason, left } = await failure(Fixture.build(path), path, { PATH: path })
      expect(reason).toBe("NoPython")
      expect(left).toEqual([])
    }))

  it("says when Python has no pip", () =>
    Fixture.folder(async (path) => {
      execFileSync("python3", ["-m", "venv", "--without-pip", join(path, "venv")])
      const { reason, left } = await failure(Fixture.build(path), path, { PATH: join(path, "venv", "bin") })
      expect(reason).toBe("NoPip")
      expect(left).toEqual([])
    }))

  it("says how much room is needed before it starts", () =>
    Fixture.folder(async (path) => {
      const wheel = { ...Fixture.build(path), unpackedBytes: 1e18 }
      const { reason, message, left } = await failure(wheel, path, {})
      expect(reason).toBe("NoSpace")
      expect(message).toContain("needs 1000000000.0 GB")
      expect(left).toEqual([])
    }))

  it("says that a cache cannot be written", () =>
    Fixture.folder(async (path) => {
      writeFileSync(join(path, "file"), "")
      const error = await Effect.runPromise(Effect.flip(install(Fixture.build(path), join(path, "file", "cache"))))
      expect(error.reason).toBe("Unwritable")
    }))

  it("downloads once when two run at once", { timeout: 60_000 }, () =>
    Fixture.folder(async (path) => {
      const wheel = Fixture.build(path, 32)
      const cache = join(path, "cache")
      const ends = await Promise.all([child(wheel, cache, path).ended, child(wheel, cache, path).ended])
      expect(ends.map(({ code }) => code)).toEqual([0, 0])
      expect(ends.filter(({ said }) => said.includes("downloading"))).toHaveLength(1)
      expect(files(Install.folder(wheel, cache))).toEqual(Fixture.needed)
      expect(readdirSync(cache)).toEqual([Wheel.folder(wheel)])
    })
  )

  it("survives kill -9 in the middle of unpacking, without a second download", { timeout: 60_000 }, () =>
    Fixture.folder(async (path) => {
      const wheel = Fixture.build(path, 200)
      const cache = join(path, "cache")
      mkdirSync(cache)
      const first = child(wheel, cache, path)
      await unpacking(cache)
      first.process.kill("SIGKILL")
      await once(first.process, "exit")
      expect(Install.installed(wheel, cache)).toBe(false)
      expect(readdirSync(cache)).toContain("setup.lock")
      const second = await child(wheel, cache, path).ended
      expect(second.code).toBe(0)
      expect(second.said).not.toContain("downloading")
      expect(files(Install.folder(wheel, cache))).toEqual(Fixture.needed)
      expect(readdirSync(cache)).toEqual([Wheel.folder(wheel)])
    })
  )
})

/** Waits until a library is being written somewhere in the cache. */
const unpacking = async (cache: string): Promise<void> => {
  const begun = () => readdirSync(cache).some((name) => existsSync(join(cache, name, Layout.library)))
  while (!begun()) await sleep(2)
}

import { spawn } from "node:child_process"
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Places from "@edgeol/deploy/device/Places"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import * as Loopback from "../fakes/Loopback.ts"
import * as Board from "./board.ts"
import * as Releases from "./releases.ts"

const obstacle = Loopback.obstacle()
if (obstacle !== undefined) console.warn(`The tests that deploy over ssh are skipped: ${obstacle}.`)

describe.skipIf(obstacle !== undefined)("over a real ssh server", () => {
  const by = Releases.signer()
  const layer = Board.runtime()
  const said: Array<string> = []
  let board: Loopback.Device

  beforeAll(async () => {
    board = await Loopback.open()
    process.env.EDGEOL_SSH = board.ssh
  })
  afterAll(() => board.close())

  const deploy = (bundle: Deploy.Options["bundle"], changed: Partial<Deploy.Options> = {}) =>
    Board.on(board.host, (host) =>
      Deploy.deploy(host, {
        bundle,
        runtime: Effect.succeed(layer),
        seconds: 10,
        tell: (line) => said.push(line),
        ...changed
      })
    )
  const status = () => Board.on(board.host, Deploy.status)
  const trust = by.pair.publicKey

  test("a device that trusts nobody takes nothing", async () => {
    expect(await deploy(await Board.bundle(by, 1, layer))).toContain("trusts nobody's bundles yet")
    expect(existsSync(join(board.root, "current"))).toBe(false)
  })

  test("the first release brings its runtime and answers", async () => {
    const bundle = await Board.bundle(by, 1, layer)
    expect(await deploy(bundle, { trust })).toEqual({ release: 1, hash: bundle.hash, changed: true })
    expect(await status()).toMatchObject({
      current: { release: 1, policy: "periodic:4" },
      previous: null,
      pending: false,
      active: true,
      health: { status: 200, body: { release: 1 } }
    })
  })

  test("the same one again changes and sends nothing but itself", async () => {
    said.length = 0
    expect(await deploy(await Board.bundle(by, 1, layer))).toMatchObject({ release: 1, changed: false })
    expect(said.join("\n")).not.toContain("runtime")
  })

  test("a newer one takes its place, and rollback changes back and forth", async () => {
    expect(await deploy(await Board.bundle(by, 2, layer))).toMatchObject({ release: 2, changed: true })
    const rollback = () => Board.on(board.host, (host) => Deploy.rollback(host, 10))
    expect(await rollback()).toMatchObject({ release: 1 })
    expect(await status()).toMatchObject({
      current: { release: 1 },
      previous: { release: 2 },
      health: { body: { release: 1 } }
    })
    expect(await rollback()).toMatchObject({ release: 2 })
  })

  test("a connection that is lost while a release is judged brings the old one back", async () => {
    const mute = await Board.bundle(by, 3, layer, "setInterval(() => {}, 1000)\n")
    const settings = join(board.home, "settings.json")
    writeFileSync(settings, JSON.stringify({ host: board.host, bundle: mute.path, layer, trust }))
    const sender = spawn(process.execPath, [fileURLToPath(new URL("./sender.ts", import.meta.url)), settings], {
      stdio: "ignore"
    })
    await vi.waitUntil(() => Places.linked(board.root, "current") === mute.hash, { timeout: 60_000 })
    sender.kill("SIGKILL")
    await vi.waitUntil(() => !Places.isPending(board.root), { timeout: 15_000 })
    await vi.waitUntil(async () => typeof (await status()) !== "string", { timeout: 30_000 })
    expect(await status()).toMatchObject({ current: { release: 2 }, pending: false })
  })

  test("an older one is refused, and another of the same number", async () => {
    expect(await deploy(await Board.bundle(by, 1, layer))).toContain("Release 1 is older than release 2")
    const other = await Board.bundle(by, 2, layer, `${Board.agent}//`)
    expect(await deploy(other)).toContain("another bundle of release 2")
  })

  test("one that does not come up makes way for the one before", async () => {
    const told = await deploy(await Board.bundle(by, 3, layer, Board.broken), { seconds: 3 })
    expect(told).toMatch(/Release 3 did not come up \(.*\); release 2 runs again\. See edgeol logs\./)
    expect(await status()).toMatchObject({ current: { release: 2 }, pending: false, health: { body: { release: 2 } } })
    expect(await deploy(await Board.bundle(by, 3, layer))).toMatchObject({ release: 3, changed: true })
  })

  test("a stranger's bundle is refused on the device, whatever its sender thinks", async () => {
    const stranger = Releases.signer()
    expect(await deploy(await Board.bundle(stranger, 9, layer))).toContain("is not trusted here")
    expect(await status()).toMatchObject({ current: { release: 3 } })
  })

  test("a damaged upload is refused and sent again whole", async () => {
    const bundle = await Board.bundle(by, 4, layer)
    const lying = { ...bundle, hash: "ab".repeat(32) }
    expect(await deploy(lying)).toContain("did not arrive whole")
    expect(await deploy(bundle)).toMatchObject({ release: 4 })
  })

  test("an upload that was cut off goes on where it stopped; a wrong part is thrown away", async () => {
    const [cut, wrong] = [await Board.bundle(by, 5, layer), await Board.bundle(by, 6, layer)]
    const part = ({ hash }: { readonly hash: string }) => join(board.root, "incoming", `${hash}.part`)
    writeFileSync(part(cut), readFileSync(cut.path).subarray(0, 3000))
    expect(await deploy(cut)).toMatchObject({ release: 5 })
    writeFileSync(part(wrong), "x".repeat(3000))
    expect(await deploy(wrong)).toContain("did not arrive whole")
    expect(await deploy(wrong)).toMatchObject({ release: 6 })
  })

  test("two at once: one waits for nobody and says so", async () => {
    const [seven, eight] = await Promise.all([Board.bundle(by, 7, layer), Board.bundle(by, 8, layer)])
    const told = await Promise.all([deploy(seven), deploy(eight)])
    const refused = told.filter((one) => typeof one === "string")
    for (const sentence of refused) expect(sentence).toMatch(/Somebody else is deploying|is older than release/)
    expect(refused.length).toBeLessThan(2)
    const now = await status()
    expect(now).toMatchObject({ pending: false, health: { status: 200 } })
  })

  test("only what runs, what ran before and their runtime are kept", () => {
    expect(readdirSync(join(board.root, "releases"))).toHaveLength(2)
    expect(readdirSync(join(board.root, "runtimes"))).toEqual([layer.hash])
    expect(readlinkSync(join(board.root, "current"))).toMatch(/^releases\/[0-9a-f]{64}$/)
    expect(readFileSync(join(board.home, ".config/systemd/user/edgeol.service"), "utf8")).toContain("Type=notify")
  })

  test("a device that cannot be reached, or a name that is none, is a sentence", async () => {
    const bundle = await Board.bundle(by, 9, layer)
    const refused = (host: string) =>
      Board.on(host, (one) =>
        Deploy.deploy(one, { bundle, runtime: Effect.succeed(layer), seconds: 1, tell: () => {} })
      )
    expect(await refused("nowhere.invalid")).toMatch(
      /^The connection to nowhere\.invalid failed or was lost \(.*\); what ran there runs on, try again\.$/
    )
    expect(await refused("-oProxyCommand=id")).toContain("names no host")
  })
})

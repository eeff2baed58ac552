import { spawn, spawnSync } from "node:child_process"
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

  const process_ = async () => {
    const now = await status()
    return typeof now === "string" ? now : now.health.body.process
  }

  test("one that runs the same program takes over in its process, and rollback too", async () => {
    const before = await process_()
    expect(await deploy(await Board.bundle(by, 3, layer))).toMatchObject({ release: 3, changed: true })
    expect(await process_()).toBe(before)
    expect(await Board.on(board.host, (host) => Deploy.rollback(host, 10))).toMatchObject({ release: 2 })
    expect(await process_()).toBe(before)
  })

  test("one whose process does not let it take over, or has other code, is started anew", async () => {
    const before = await process_()
    expect(await deploy(await Board.bundle(by, 4, layer, Board.agent, "deaf"))).toMatchObject({ release: 4 })
    const between = await process_()
    expect(between).not.toBe(before)
    expect(await deploy(await Board.bundle(by, 5, layer, `${Board.agent}//`))).toMatchObject({ release: 5 })
    expect(await process_()).not.toBe(between)
    expect(await deploy(await Board.bundle(by, 6, layer))).toMatchObject({ release: 6 })
  })

  test("one that fails in taking over makes way for the one before", async () => {
    const told = await deploy(await Board.bundle(by, 7, layer, Board.agent, "broken"), { seconds: 3 })
    expect(told).toMatch(/Release 7 did not come up \(.*\); release 6 runs again\. See edgeol logs\./)
    expect(await status()).toMatchObject({ current: { release: 6 }, pending: false, health: { body: { release: 6 } } })
  })

  test.for([
    ["starts", "setInterval(() => {}, 1000)\n", "as-ever"],
    ["takes over", Board.agent, "mute"]
  ] as const)("a connection that is lost while a release %s brings the old one back", async ([, code, initial]) => {
    const mute = await Board.bundle(by, 7, layer, code, initial)
    const settings = join(board.home, "settings.json")
    writeFileSync(settings, JSON.stringify({ host: board.host, bundle: mute.path, layer }))
    const sender = spawn(process.execPath, [fileURLToPath(new URL("./sender.ts", import.meta.url)), settings], {
      stdio: "ignore"
    })
    await vi.waitUntil(() => Places.linked(board.root, "current") === mute.hash, { timeout: 60_000 })
    sender.kill("SIGKILL")
    await vi.waitUntil(() => !Places.isPending(board.root), { timeout: 15_000 })
    await vi.waitUntil(async () => typeof (await status()) !== "string", { timeout: 30_000 })
    expect(await status()).toMatchObject({ current: { release: 6 }, pending: false, health: { body: { release: 6 } } })
  })

  test("what arrived before the connection was lost is kept, and the rest is sent", async () => {
    const { path, bytes, hash } = await Board.bundle(by, 7, layer)
    const tool = readdirSync(join(board.root, "tools"))[0]!
    const env = { ...process.env, HOME: board.home }
    const receive = [join(board.root, "tools", tool), "receive", hash, String(bytes), "10"]
    const input = readFileSync(path).subarray(0, 5000)
    const { stdout } = spawnSync(process.execPath, receive, { env, input, encoding: "utf8" })
    expect(JSON.parse(stdout)).toEqual({ refused: expect.stringContaining("did not arrive whole") })
    expect(readFileSync(join(board.root, "incoming", `${hash}.part`))).toEqual(input)
    expect(await deploy(await Board.bundle(by, 7, layer))).toMatchObject({ release: 7 })
    expect(existsSync(join(board.root, "incoming", `${hash}.part`))).toBe(false)
  })

  test("an older one is refused, and another of the same number", async () => {
    expect(await deploy(await Board.bundle(by, 1, layer))).toContain("Release 1 is older than release 7")
    const other = await Board.bundle(by, 7, layer, `${Board.agent}//`)
    expect(await deploy(other)).toContain("another bundle of release 7")
  })

  test("one that does not come up makes way for the one before", async () => {
    const told = await deploy(await Board.bundle(by, 8, layer, Board.broken), { seconds: 3 })
    expect(told).toMatch(/Release 8 did not come up \(.*\); release 7 runs again\. See edgeol logs\./)
    expect(await status()).toMatchObject({ current: { release: 7 }, pending: false, health: { body: { release: 7 } } })
    expect(await deploy(await Board.bundle(by, 8, layer))).toMatchObject({ release: 8, changed: true })
  })

  test("a stranger's bundle is refused on the device, whatever its sender thinks", async () => {
    const stranger = Releases.signer()
    expect(await deploy(await Board.bundle(stranger, 14, layer))).toContain("is not trusted here")
    expect(await status()).toMatchObject({ current: { release: 8 } })
  })

  test("a damaged upload is refused and sent again whole", async () => {
    const bundle = await Board.bundle(by, 9, layer)
    const lying = { ...bundle, hash: "ab".repeat(32) }
    expect(await deploy(lying)).toContain("did not arrive whole")
    expect(await deploy(bundle)).toMatchObject({ release: 9 })
  })

  test("an upload that was cut off goes on where it stopped; a wrong part is thrown away", async () => {
    const [cut, wrong] = [await Board.bundle(by, 10, layer), await Board.bundle(by, 11, layer)]
    const part = ({ hash }: { readonly hash: string }) => join(board.root, "incoming", `${hash}.part`)
    writeFileSync(part(cut), readFileSync(cut.path).subarray(0, 3000))
    expect(await deploy(cut)).toMatchObject({ release: 10 })
    writeFileSync(part(wrong), "x".repeat(3000))
    expect(await deploy(wrong)).toContain("did not arrive whole")
    expect(await deploy(wrong)).toMatchObject({ release: 11 })
  })

  test("two at once: one waits for nobody and says so", async () => {
    const [seven, eight] = await Promise.all([Board.bundle(by, 12, layer), Board.bundle(by, 13, layer)])
    const told = await Promise.all([deploy(seven), deploy(eight)])
    const refused = told.filter((one) => typeof one === "string")
    for (const sentence of refused) expect(sentence).toMatch(/Somebody else is deploying|is older than release/)
    expect(refused.length).toBeLessThan(2)
    const now = await status()
    expect(now).toMatchObject({ pending: false, health: { status: 200 } })
  })

  test("only what runs, what ran before, where the process was started, and their runtime are kept", () => {
    expect(readdirSync(join(board.root, "releases"))).toHaveLength(3)
    expect(readdirSync(join(board.root, "runtimes"))).toEqual([layer.hash])
    expect(readlinkSync(join(board.root, "current"))).toMatch(/^releases\/[0-9a-f]{64}$/)
    expect(readFileSync(join(board.home, ".config/systemd/user/edgeol.service"), "utf8")).toContain("Type=notify")
  })

  test("a device that cannot be reached, or a name that is none, is a sentence", async () => {
    const bundle = await Board.bundle(by, 14, layer)
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

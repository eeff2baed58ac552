/** The live page in a browser, fed by an agent that learns. EDGEOL_SHOTS names a folder for pictures of it. */
import { join } from "node:path"
import * as Policies from "@edgeol/core/Policies"
import chromium from "@sparticuz/chromium"
import { chromium as playwright, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as InProcess from "./InProcess.ts"
import * as Toy from "./Toy.ts"

const reason = "the test browser is an x64 binary"

describe.skipIf(process.arch !== "x64")(`the live page (skipped where ${reason} that does not run)`, () => {
  const home = Toy.folder()
  const requests: Array<string> = []
  const errors: Array<string> = []
  let agent: InProcess.Running
  beforeAll(async () => {
    const envelope = { roundsPerHour: 3, joulesPerHour: 400, latency: 0.9, staleness: 600, stateBytes: 2000 }
    const policy = Policies.parse("periodic:2+linear")
    agent = await InProcess.start(home, { ...(await Toy.subject(home)), policy, envelope })
  })
  afterAll(async () => {
    await agent.stop()
    Toy.remove(home)
  })

  const open = async (width: number, colorScheme: "light" | "dark", token = agent.tcp.token): Promise<Page> => {
    // One for each page: it is of a single process, and ends with the first page that is closed.
    const browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: [...chromium.args, "--no-sandbox"]
    })
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    page.on("request", (request) => requests.push(request.url()))
    page.on("pageerror", (error) => errors.push(error.message))
    await page.goto(`http://127.0.0.1:${agent.tcp.port}/#${token}`)
    return page
  }

  /** A batch, its requests asked before with their labels told after. */
  const use = async (from: number) => {
    const images = Toy.images(1, 8, from)
    const ids: Array<string> = []
    for (let i = 0; i < 4; i++) ids.push((await Client.predict(agent.socket, Toy.image(images, i))).json.id)
    await Client.teach(agent.socket, images, ids)
  }

  test("asks for the token, and says when it does not fit", async () => {
    const page = await open(800, "light", "wrong")
    await page.waitForSelector("#ask:not([hidden])")
    expect(await page.innerText("#why")).toBe("This token does not fit.")
    await page.fill("#token", agent.tcp.token)
    await page.click("button")
    await page.waitForSelector("#live:not([hidden])")
  })

  test("shows what happens while it happens, and that the policy stepped aside", async () => {
    const page = await open(1000, "light")
    await page.waitForSelector("#live:not([hidden])")
    for (let batch = 0; batch < 4; batch++) await use(8 * batch)
    await expect.poll(() => page.innerText("#rounds"), { timeout: 30_000 }).toMatch(/[12]/)
    await expect.poll(() => page.innerText("#accuracy"), { timeout: 30_000 }).toMatch(/\d %/)
    expect(await page.innerText("#state")).toMatch(/keeps its promises|trains/)
    expect(await page.$$eval(".promise", (all) => all.length)).toBe(5)
    for (let batch = 4; batch < 10; batch++) await use(8 * batch)
    await page.waitForSelector("#breach:not([hidden])", { timeout: 30_000 })
    expect(await page.innerText("#breach")).toMatch(
      /^The policy has stepped aside: Rounds reached 4, promised at most 3/
    )
    expect(await page.innerText("#events")).toMatch(/The policy steps aside: Rounds\./)
  })

  test("knows after a reload what happened before, and how much power that took", async () => {
    const page = await open(1000, "light")
    await page.waitForSelector("#events li")
    const lines = await page.$$eval("#events li", (all) => all.map(({ textContent }) => textContent))
    expect(lines.filter((line) => / {2}The policy steps aside: Rounds\.$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => / {2}Round \d serves: /.test(line)).length).toBeGreaterThanOrEqual(3)
    expect(await page.$$eval("#scale span", (all) => all.map(({ textContent }) => textContent))).toEqual([
      expect.stringMatching(/^\d+ W$/),
      expect.stringMatching(/^[\d.]+ W$/),
      "0 W"
    ])
    const points = async () => (await page.getAttribute("#line", "d"))!.match(/[ML]/g)?.length
    await expect.poll(points, { timeout: 30_000 }).toBeGreaterThan(2)
    expect(await page.getAttribute("#power", "aria-label")).toMatch(/^Power of the last .*: now [\d.]+ W, at most/)
  })

  test.each([
    [1280, "light"],
    [1280, "dark"],
    [420, "light"],
    [420, "dark"]
  ] as const)("fits %i pixels, %s", async (width, colors) => {
    const page = await open(width, colors)
    await page.waitForSelector(".promise")
    await page.waitForTimeout(4500)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    for (const value of await page.evaluate(contrast)) expect(value).toBeGreaterThan(4.5)
    const shots = process.env.EDGEOL_SHOTS
    if (shots !== undefined)
      await page.screenshot({ path: join(shots, `agent-${width}-${colors}.png`), fullPage: true })
  })

  test("asks nobody but the agent, and never fails", () => {
    expect(errors).toEqual([])
    expect(
      requests.filter((url) => !url.startsWith(`http://127.0.0.1:${agent.tcp.port}/`) && !url.startsWith("data:"))
    ).toEqual([])
  })
})

/** Contrast of texts with the ground (WCAG 2.2, relative luminance). */
const contrast = () => {
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((channel) => {
      const share = Number(channel) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = luminance(getComputedStyle(document.body).backgroundColor)
  const inks = ["body", ".tiles span", "#state", ".promise .soft"].map((selector) =>
    luminance(getComputedStyle(document.querySelector(selector)!).color)
  )
  return inks.map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05))
}

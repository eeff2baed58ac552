import * as Page from "@edgeol/cli/evaluate/Page"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { open, type Opened } from "../report/Open.ts"
import * as Made from "./Made.ts"

const html = Page.page(Made.runs, Made.plan)

/** Without plotly, in whose packed text any word may be. */
const told = (page: string) => page.slice(0, page.indexOf('id="plotly"'))

test("the page names its seeds, those of its choices, versions and hashes, and another place nowhere", () => {
  expect(html).toContain("5 policies on 2 streams with 3 seeds: 30 runs, of which 30 are recorded.")
  expect(html).toContain("Defaults were chosen on seeds 101, before these runs, whose seeds are others: 11, 12, 13.")
  expect(html).toContain("a machine")
  expect(html).not.toMatch(/\b(src|href)=/)
  expect(html).not.toMatch(/https?:/)
  expect(told(html)).not.toMatch(/NaN|undefined/)
})

test("the headline is the mean over streams of edgeol and breakEven", () => {
  const lines = html.match(/<p class="headline">[^<]*/g)!.map((line) => line.replaceAll("\u00a0", " "))
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/edgeol: \d+\.\d % less fine-tuning time, .* mean over 2 streams and 3 seeds\.$/)
  expect(lines[1]).toMatch(/breakEven: .* points of accuracy \(95 % interval .*\)/)
})

test("text from runs cannot break out of the page", () => {
  const evil = '</script><img src=x onerror=alert(1)>"'
  const policies = ["immediate", evil]
  const runs = policies.map((policy) => Made.run({ policy, stream: evil, model: evil, meter: evil, weights: evil }))
  const page = Page.page(runs, { ...Made.plan, policies })
  expect(page).not.toContain("<img")
  expect(page.match(/<\/script/g)).toHaveLength(3)
})

test("an evaluation that has only begun has a page", () => {
  const begun = Page.page([Made.run({ seed: 11 })], Made.plan)
  expect(begun).toContain("30 runs, of which 1 is recorded.")
  expect(told(begun)).not.toMatch(/NaN|undefined/)
})

const reason = "the test browser is an x64 binary"

describe.skipIf(process.arch !== "x64")(`the page in a browser (skipped where ${reason} that does not run)`, () => {
  describe.each([
    { width: 1280, colors: "light" as const },
    { width: 420, colors: "dark" as const }
  ])("$width pixels wide, $colors", (options) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(html, options)
    }, 120_000)
    afterAll(() => opened?.close())

    test("opens without an error, asks for nothing, and never scrolls sideways", async () => {
      expect(opened.errors).toEqual([])
      expect(opened.requests).toEqual([])
      await opened.page.$$eval("details", (all) => all.forEach((details) => details.setAttribute("open", "")))
      const width = await opened.page.evaluate(() => document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(options.width)
    })

    test("draws every figure, with words for those who do not see it", async () => {
      const plots = await opened.page.$$eval(".plot", (all) =>
        all.map((plot) => ({
          label: plot.getAttribute("aria-label") ?? "",
          marks: plot.querySelectorAll("svg .trace path, svg .point path").length
        }))
      )
      // Three of the mean and of each stream; then four kinds for each stream.
      expect(plots).toHaveLength(3 + 2 * 3 + 4 * 2)
      for (const { label, marks } of plots) {
        expect(label.length).toBeGreaterThan(40)
        expect(label).not.toMatch(/NaN|undefined/)
        expect(marks).toBeGreaterThan(0)
      }
    })
  })
})

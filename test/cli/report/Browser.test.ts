import * as Page from "@edgeol/cli/report/Page"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { open, type Opened } from "./Open.ts"
import * as Runs from "./Runs.ts"

const tapes = Runs.tapes(["immediate", "edgeol:freeze.every=3,freeze.settled=0.05"], [1, 2, 3])
const comparison = Runs.compare(tapes)
const html = Page.page({ title: "scenes", tapes, comparison })

const reason = "the test browser is an x64 binary"

describe.skipIf(process.arch !== "x64")(`the page in a browser (skipped where ${reason} that does not run)`, () => {
  describe.each([
    { width: 1280, colors: "light" as const },
    { width: 1280, colors: "dark" as const },
    { width: 420, colors: "light" as const },
    { width: 420, colors: "dark" as const }
  ])("$width pixels wide, $colors", (options) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(html, options)
    })
    afterAll(() => opened.close())

    test("opens without an error and asks for nothing", () => {
      expect(opened.errors).toEqual([])
      expect(opened.requests).toEqual([])
    })

    test("draws every figure, with words for those who do not see it", async () => {
      const plots = await opened.page.$$eval(".plot", (all) =>
        all.map((plot) => ({
          label: plot.getAttribute("aria-label") ?? "",
          marks: plot.querySelectorAll("svg .trace path, svg .point path").length
        }))
      )
      expect(plots).toHaveLength(5)
      for (const { label, marks } of plots) {
        expect(label.length).toBeGreaterThan(40)
        expect(marks).toBeGreaterThan(0)
      }
    })

    test("shows the numbers and never scrolls sideways, also with everything unfolded", async () => {
      await opened.page.$$eval("details", (all) => all.forEach((details) => details.setAttribute("open", "")))
      const text = await opened.page.innerText("main")
      for (const { runs } of Object.values(comparison.policies)) expect(text).toContain(String(runs[0]!.rounds))
      expect(text).toMatch(/energy, modelled/i)
      const width = await opened.page.evaluate(() => document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(options.width)
    })

    test("keeps its text readable on its ground", async () => {
      const contrasts = await opened.page.evaluate(contrast)
      for (const value of contrasts) expect(value).toBeGreaterThan(4.5)
    })
  })
})

/** Contrast of body and figure text with the ground (WCAG 2.2, relative luminance). */
const contrast = () => {
  const luminance = (color: string) => {
    const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map((channel) => {
      const share = Number(channel) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = luminance(getComputedStyle(document.body).backgroundColor)
  const inks = [
    getComputedStyle(document.body).color,
    getComputedStyle(document.querySelector("figcaption")!).color,
    getComputedStyle(document.querySelector(".plot .xtick text")!).fill
  ]
  return inks.map(luminance).map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05))
}

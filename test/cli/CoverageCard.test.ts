import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as CoverageCard from "@edgeol/cli/CoverageCard"
import * as CoveragePage from "@edgeol/cli/CoveragePage"
import { describe, expect, it } from "vitest"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const data = process.env.EDGEOL_DATA ?? at("../../../shared/data")
const isThere = existsSync(`${data}/jetson`)
if (!isThere) console.warn(`Skipping the coverage card: ${data}/jetson is absent (set EDGEOL_DATA).`)

const recorded = JSON.parse(readFileSync(at("../../packages/sim/fidelity/cost.json"), "utf8")) as CoverageCard.Card

const mean = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0) / values.length

describe("the recorded card", () => {
  it("is better than what is published", () => {
    expect(mean(recorded.unseen.map(({ time }) => time.mape))).toBeLessThan(CoverageCard.published.time)
    expect(mean(recorded.unseen.map(({ power }) => power.mape))).toBeLessThan(CoverageCard.published.power)
  })

  it("reaches the targets for unseen modes", () => {
    const limit = { "bert-base": 0.02, "resnet-18": 0.05, "mobilenet-v3": 0.05 } as Readonly<Record<string, number>>
    for (const { board, workload, time, power } of recorded.unseen) {
      expect(time.mape).toBeLessThan(board === "orin-nano" ? 0.06 : limit[workload]!)
      expect(power.mape).toBeLessThan(0.031)
      expect(Math.min(time.coverage90, power.coverage90)).toBeGreaterThan(0.85)
    }
    expect(mean(recorded.unseen.map(({ time }) => time.mape))).toBeLessThan(0.04)
    expect(mean(recorded.unseen.map(({ power }) => power.mape))).toBeLessThan(0.025)
    for (const quantity of ["time", "power"] as const) {
      const covered = mean(recorded.unseen.map((entry) => entry[quantity].coverage90))
      expect(covered).toBeGreaterThan(0.88)
      expect(covered).toBeLessThan(0.925)
    }
  })

  it("makes a page that asks for nothing from outside", () => {
    const page = CoveragePage.page(recorded)
    expect(page).toContain("PowerTrain")
    expect(page).not.toMatch(/(src|href)="http/)
    expect(page.replace(/<script[^]*?<\/script>/g, "")).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe("a slice of the card, made again", () => {
  it.skipIf(!isThere)("is no worse than recorded", () => {
    const small = CoverageCard.sets(data).filter(
      ({ observations }) => observations.length < 500 && observations.length > 60
    )
    expect(small.length).toBe(2)
    expect(
      CoverageCard.worse(
        small.map((set) => CoverageCard.unseen(set, 5)),
        recorded.unseen
      )
    ).toEqual([])
  })

  it("notices what got worse", () => {
    const [entry] = recorded.unseen
    const bad = { ...entry!, time: { ...entry!.time, mape: 1.2 * entry!.time.mape, coverage90: 0.8 } }
    expect(CoverageCard.worse([bad], recorded.unseen)).toHaveLength(2)
    expect(CoverageCard.worse(recorded.unseen, recorded.unseen)).toEqual([])
  })
})

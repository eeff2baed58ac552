import * as ModeChoice from "@edgeol/cli/calibrate/ModeChoice"
import { expect, test } from "vitest"
import { modes, observe } from "../../sim/cost/boards.ts"

const candidates = modes.map((mode, i): ModeChoice.Candidate => ({ name: `${i}`, mode }))
const observed = observe(0.02, 1)

/** The first `count` that are chosen when all are measured as they come. */
const chosen = (count: number): ReadonlyArray<number> => {
  const places = [0]
  while (places.length < count) {
    const left = candidates.filter((_, i) => !places.includes(i))
    const next = ModeChoice.next(
      places.map((i) => observed[i]!),
      left
    )
    places.push(Number(next!.name))
  }
  return places
}

test("spreads the first modes over all clocks, and takes none twice", () => {
  const places = chosen(7)
  expect(new Set(places).size).toBe(7)
  for (const knob of ["cpu", "gpu", "mem"] as const) {
    const values = places.slice(0, 5).map((i) => modes[i]![knob])
    const all = modes.map((mode) => mode[knob])
    expect(Math.min(...values), knob).toBe(Math.min(...all))
    expect(Math.max(...values), knob).toBe(Math.max(...all))
  }
})

test("has nothing to choose from nothing", () => {
  expect(ModeChoice.next([observed[0]!], [])).toBeUndefined()
  expect(ModeChoice.next([observed[0]!], [candidates[0]!])).toBe(candidates[0])
})

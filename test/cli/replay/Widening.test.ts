/** Intervals are widened by what recorded runs were off, never narrowed; and what is recorded holds what it says. */
import * as Measure from "@edgeol/cli/fidelity/Measure"
import * as Judged from "@edgeol/cli/replay/Judged"
import * as Widening from "@edgeol/cli/replay/Widening"
import * as Rng from "@edgeol/core/Rng"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const interval = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }))
  .map(([value, below, above]) => ({ value: value / 10, low: (value - below) / 10, high: (value + above) / 10 }))

describe("an interval", () => {
  test("is never narrowed, whatever it is widened by, and as it was where nothing was off", () => {
    fc.assert(
      fc.property(
        interval,
        fc.constantFrom(...Measure.measures),
        fc.integer({ min: 10, max: 90 }),
        (drawn, of, tenths) => {
          const more = Widening.widened(drawn, of, tenths / 10)
          expect(more.low).toBeLessThanOrEqual(drawn.low)
          expect(more.high).toBeGreaterThanOrEqual(drawn.high)
          expect(Widening.widened(drawn, of, 1)).toEqual(drawn)
        }
      )
    )
  })

  test("that is too narrow by a factor is widened by that factor", () => {
    const rng = Rng.named(1, "off")
    const pairs = Array.from({ length: 2000 }, (_, seed) => {
      const was = Measure.each(() => 10 + 3 * rng.normal())
      const foretold = Measure.each(() => ({ value: 10, low: 10 - 1.645, high: 10 + 1.645 }))
      return { clock: "measured" as const, kind: "foretold" as const, seed, foretold, was }
    })
    const { by } = Widening.of(pairs, "measured")
    // A little more, for runs of a seed share its luck.
    for (const measure of Measure.measures) {
      expect(by.foretold[measure]).toBeGreaterThan(2.9)
      expect(by.foretold[measure]).toBeLessThan(3.6)
    }
    expect(Widening.of(pairs, "modelled").by).toEqual(Widening.none.by)
  })
})

describe("the recorded card", () => {
  const { pairs } = Judged.read()
  const figures = Judged.figures(pairs)

  test("is of both clocks, of policies that look at what is learnt and of others", () => {
    const there = figures.map(({ clock, kind }) => `${clock} ${kind}`)
    for (const clock of ["modelled", "measured"]) {
      for (const kind of ["blind", "foretold"]) expect(there).toContain(`${clock} ${kind}`)
    }
  })

  test("nine in ten intervals hold on seeds that they were not widened by", () => {
    for (const { clock, kind, measures } of figures) {
      for (const measure of Measure.measures) {
        const { coverage90 } = measures[measure].widened
        expect(coverage90, `${measure} of ${kind} on the ${clock} clock`).toBeGreaterThanOrEqual(0.88)
      }
    }
  })

  test("on a modelled clock, what does not look at what is learnt is exact", () => {
    const exact = pairs.filter(({ clock, kind }) => clock === "modelled" && kind === "blind")
    expect(exact.length).toBeGreaterThan(0)
    for (const { foretold, was } of exact) {
      for (const measure of ["seconds", "joules", "rounds"] as const) {
        expect(Math.abs(foretold[measure].value - was[measure])).toBeLessThanOrEqual(1e-5 * was[measure])
      }
    }
  })
})

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
          const more = Widening.widened(drawn, of, { times: tenths / 10, beyond: tenths / 20 })
          expect(more.low).toBeLessThanOrEqual(drawn.low)
          expect(more.high).toBeGreaterThanOrEqual(drawn.high)
          expect(Widening.widened(drawn, of, { times: 1, beyond: 0 })).toEqual(drawn)
        }
      )
    )
  })

  test("that is too narrow by a factor is widened by that factor", () => {
    const rng = Rng.named(1, "off")
    const pairs = Array.from({ length: 2000 }, (_, seed) => {
      const was = Measure.each(() => 100 + 3 * rng.normal())
      const foretold = Measure.each(() => ({ value: 100, low: 100 - 1.645, high: 100 + 1.645 }))
      return { stream: "here", clock: "measured" as const, kind: "foretold" as const, seed, foretold, was }
    })
    const { by } = Widening.of(pairs, { stream: "here", clock: "measured" })
    // A little more, for runs of a seed share its luck.
    for (const measure of Measure.measures) {
      const { low, high } = Widening.widened(
        { value: 100, low: 100 - 1.645, high: 100 + 1.645 },
        measure,
        by.foretold[measure]
      )
      expect(100 - low).toBeGreaterThan(2.9 * 1.645)
      expect(high - 100).toBeLessThan(3.6 * 1.645)
    }
    // What it costs is in doubt on that clock alone, what is learnt on any; and of another stream no less is known.
    const modelled = Widening.of(pairs, { stream: "here", clock: "modelled" }).by.foretold
    expect(modelled).toEqual({ ...Widening.none.by.foretold, accuracy: by.foretold.accuracy })
    expect(Widening.of(pairs, { stream: "elsewhere", clock: "measured" }).by).toEqual(by)
    expect(Widening.of([], { stream: "here", clock: "measured" }).by).toEqual(Widening.none.by)
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
    // Of real training there are too few to be judged.
    for (const { clock, kind, measures } of figures.filter((one) => one.kind !== "real")) {
      for (const measure of Measure.measures) {
        const { coverage90 } = measures[measure].widened
        expect(coverage90, `${measure} of ${kind} on the ${clock} clock`).toBeGreaterThanOrEqual(0.9)
      }
    }
  })

  test("streams that only the card of simulated runs has are widened by it", () => {
    const of = (stream: string) => Widening.of(Judged.known(), { stream, clock: "modelled" }).by
    expect(of("gtsrb32/nc@1").foretold.accuracy.times).toBeGreaterThan(1.2)
    expect(of("elsewhere@1").foretold.accuracy.times).toBeGreaterThanOrEqual(of("gtsrb32/nc@1").foretold.accuracy.times)
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

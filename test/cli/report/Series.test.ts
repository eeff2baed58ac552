import * as Series from "@edgeol/cli/report/Series"
import * as Ledger from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import * as Summary from "@edgeol/core/Summary"
import fc from "fast-check"
import { expect, test } from "vitest"
import { anyScenario } from "../../arbitraries/Scenario.ts"
import * as World from "../../arbitraries/World.ts"

const anyRun = fc
  .tuple(anyScenario(), fc.constantFrom("immediate", "periodic:2", "prefix:1", "edgeol:freeze.every=2"))
  .map(([scenario, policy]) => ({ scenario, entries: World.run(Policies.parse(policy), scenario).tape }))

test("running sums end where the summary does", () => {
  fc.assert(
    fc.property(anyRun, ({ entries }) => {
      const { seconds, joules } = Series.cumulative(entries, [Series.end(entries)])
      const summary = Summary.summarise(entries)
      for (const activity of Ledger.activities) {
        expect(seconds[activity][0]).toBeCloseTo(summary.seconds[activity] ?? 0, 9)
      }
      expect(joules[0]).toBeCloseTo(summary.joules, 9)
    })
  )
})

test("rounds and their steps are those of the summary, and the head is never frozen", () => {
  let froze = 0
  fc.assert(
    fc.property(anyRun, ({ scenario, entries }) => {
      const rounds = Series.rounds(entries, scenario.units)
      const { rounds: count, iterations } = Summary.summarise(entries)
      expect(rounds).toHaveLength(count)
      expect(rounds.reduce((sum, { steps }) => sum + steps, 0)).toBe(iterations)
      for (const { from, to, frozen } of rounds) {
        expect(from).toBeLessThanOrEqual(to)
        expect(frozen).toBeLessThanOrEqual(scenario.units - 1)
        if (frozen > 0) froze += 1
      }
    })
  )
  expect(froze).toBeGreaterThan(20)
})

test("leaving out repeated accuracies loses none of them", () => {
  fc.assert(
    fc.property(anyRun, ({ entries }) => {
      const scored = entries.filter(({ score }) => score !== undefined)
      const times = scored.map(({ observation }) => observation.at)
      const last = scored.map(({ score }, i) => (times[i + 1] === times[i] ? undefined : score!.accuracy))
      const shown = Series.sample(Series.accuracy(entries), times)
      last.forEach((accuracy, i) => accuracy !== undefined && expect(shown[i]).toBe(accuracy))
    })
  )
})

test("more changes than can be seen are thinned to the last of each span, and the very last is kept", () => {
  const entry = (i: number) => ({ observation: { _tag: "RequestServed", at: i }, score: { accuracy: (i % 97) / 97 } })
  const entries = Array.from({ length: 100_000 }, (_, i) => entry(i)) as never
  const { at, value } = Series.accuracy(entries, 400)
  expect(at.length).toBeGreaterThan(390)
  expect(at.length).toBeLessThan(403)
  expect(at.at(-1)).toBe(99_999)
  expect(value.at(-1)).toBe((99_999 % 97) / 97)
})

test("neighbouring rounds become one without losing steps or depth", () => {
  const anyRound = fc
    .record({ from: fc.integer({ min: 0, max: 100 }), steps: fc.integer({ min: 1, max: 9 }), frozen: fc.nat(4) })
    .map((round) => ({ ...round, to: round.from + 1 }))
  fc.assert(
    fc.property(fc.array(anyRound), fc.integer({ min: 1, max: 50 }), (rounds, span) => {
      const total = (of: ReadonlyArray<Series.Round>) => [
        of.reduce((sum, { steps }) => sum + steps, 0),
        of.reduce((sum, { steps, frozen }) => sum + steps * frozen, 0)
      ]
      const together = Series.together(
        rounds.toSorted((a, b) => a.from - b.from),
        span
      )
      expect(together.length).toBeLessThanOrEqual(100 / span + 1)
      expect(total(together)[0]).toBe(total(rounds)[0])
      expect(total(together)[1]).toBeCloseTo(total(rounds)[1]!, 9)
    })
  )
})

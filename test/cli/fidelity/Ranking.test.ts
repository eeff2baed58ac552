import * as Ranking from "@edgeol/cli/fidelity/Ranking"
import fc from "fast-check"
import { expect, test } from "vitest"

/** Policies whose values are these, alike on three seeds but for a little. */
const runs = (was: ReadonlyArray<number>, foretold: ReadonlyArray<number>, noise = 0) =>
  was.flatMap((value, i) =>
    [1, 2, 3].map((seed) => ({
      policy: `p${i}`,
      seed,
      was: value + noise * ((seed * (i + 1)) % 3),
      foretold: foretold[i]!
    }))
  )

const values = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 9 })

test("the same order is 1, the opposite one −1, and a growing function changes nothing", () => {
  fc.assert(
    fc.property(values, (was) => {
      expect(Ranking.rank(runs(was, was)).tau).toBeCloseTo(1, 12)
      expect(
        Ranking.rank(
          runs(
            was,
            was.map((value) => value ** 3 + 7)
          )
        ).tau
      ).toBeCloseTo(1, 12)
      const { tau, tauDecided, pairs, decided } = Ranking.rank(
        runs(
          was,
          was.map((value) => -value)
        )
      )
      expect(tau).toBeCloseTo(-1, 12)
      expect(tauDecided).toBe(-1)
      expect([pairs, decided]).toEqual([(was.length * (was.length - 1)) / 2, (was.length * (was.length - 1)) / 2])
    })
  )
})

test("of four policies with one exchange, by hand", () => {
  expect(Ranking.rank(runs([1, 2, 3, 4], [1, 3, 2, 4])).tau).toBeCloseTo(4 / 6, 12)
})

test("pairs that seeds do not tell apart count among all pairs only", () => {
  const { tau, tauDecided, decided } = Ranking.rank(runs([1, 1.5, 100], [2, 1, 3], 1))
  expect(tau).toBeCloseTo(1 / 3, 12)
  expect(decided).toBe(2)
  expect(tauDecided).toBe(1)
})

test("where one side has no order, there is no tau", () => {
  expect(Ranking.rank(runs([1, 2, 3], [5, 5, 5]))).toMatchObject({ tau: null, tauDecided: 0, decided: 3 })
  expect(Ranking.rank([{ policy: "a", seed: 1, was: 1, foretold: 1 }])).toMatchObject({ tau: null, tauDecided: null })
})

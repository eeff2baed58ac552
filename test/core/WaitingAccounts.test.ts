import * as WaitingAccounts from "@edgeol/core/WaitingAccounts"
import fc from "fast-check"
import { expect, test } from "vitest"

/** Batches of 16, by how many of them the head got wrong; requests, by what a round would mend at most and of each error. */
const anyDay = (most: number) =>
  fc.array(fc.oneof(fc.integer({ min: 0, max: 16 }), fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(8))), {
    minLength: most / 2,
    maxLength: most,
    size: "max"
  })

const loss = (most: number, eighths: number) => (errors: number) => Math.min(10 * most, (eighths / 8) * errors)

/** The fullest account at each request, with one for each batch and with the kept ones, and how many of those there are. */
const live = (day: ReadonlyArray<number | readonly [number, number]>) => {
  let [errors, each, kept] = [0, new Array<readonly [number, number]>(), WaitingAccounts.empty]
  return day.flatMap((met) => {
    if (typeof met === "number") {
      errors += met / 16
      each = [...each, [errors, 0]]
      return []
    }
    each = each.map(([of, joules]) => [of, joules + loss(...met)(of)])
    kept = WaitingAccounts.answered(WaitingAccounts.opened(kept, errors), loss(...met))
    return [{ all: fullest(each), kept: fullest(kept), count: kept.length, range: errors / (kept[0]?.[0] ?? 1) }]
  })
}

const fullest = (accounts: WaitingAccounts.Accounts) => accounts.reduce((most, [, joules]) => Math.max(most, joules), 0)

test("while there is room for them, the fullest account is to the bit that of one for each batch", () => {
  let left = 0
  const same = fc.property(anyDay(200), (day) => {
    for (const { all, kept, count } of live(day)) {
      expect(count).toBeLessThan(WaitingAccounts.most)
      expect(kept).toBe(all)
    }
    left += day.filter((met) => met === 0).length
  })
  fc.assert(same)
  expect(left).toBeGreaterThan(100)
})

test("beyond it their number stays, and the fullest holds what it should but for a stated part", () => {
  let [thinned, apart] = [0, 0]
  const near = fc.property(anyDay(2000), (day) => {
    for (const { all, kept, count, range } of live(day)) {
      expect(count).toBeLessThanOrEqual(WaitingAccounts.most)
      expect(kept).toBeLessThanOrEqual(all)
      expect(kept * range ** (2 / (WaitingAccounts.most - 1))).toBeGreaterThanOrEqual(all * (1 - 1e-9))
      thinned += count === WaitingAccounts.most ? 1 : 0
      apart += kept < all ? 1 : 0
    }
  })
  fc.assert(near, { numRuns: 20 })
  expect(thinned).toBeGreaterThan(100)
  expect(apart).toBeGreaterThan(10)
})

test("one account for all is as full as the sum of what was lost", () => {
  const summed = [2, 3, 5].reduce(
    (accounts, errors) => WaitingAccounts.answered(WaitingAccounts.single(accounts, errors), (of) => of),
    WaitingAccounts.empty
  )
  expect(summed).toEqual([[5, 10]])
})

import * as Policy from "@edgeol/core/Policy"
import * as RoundEstimate from "@edgeol/core/RoundEstimate"
import { Schema } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const config = Policy.config("estimate", Schema.Struct(RoundEstimate.fields))({ prior: 0.1 })

const batches = (state: RoundEstimate.State, errors: ReadonlyArray<number>) =>
  errors.reduce((next, wrong) => RoundEstimate.adapted(config, next, wrong), state)

const steady = (wrong: number, count: number) => Array.from({ length: count }, () => wrong)

const waits = (errors: ReadonlyArray<number>): RoundEstimate.Waiting => ({
  batches: errors.length,
  errors: errors.reduce((sum, wrong) => sum + wrong, 0)
})

const round = (state: RoundEstimate.State, joules = 20) =>
  RoundEstimate.roundFinished(RoundEstimate.roundStarted(state), state.waiting.batches, joules)

/** Share of the errors of a batch that a round over it is believed to mend. */
const believed = (state: RoundEstimate.State) => {
  const one = RoundEstimate.adapted(config, { ...state, waiting: waits([]), window: null }, state.level)
  return RoundEstimate.gain(config, one) / state.level
}

const before = batches(RoundEstimate.initial, steady(0.5, 20))

test("believes what it is told until a round has run", () => {
  expect(believed(before)).toBeCloseTo(0.1, 12)
  expect(RoundEstimate.cost(config, before)).toBe(4 + 20)
})

test("believes less in rounds that mended nothing or did harm, more in those that mended much", () => {
  const [useless, harmful, useful] = [0.5, 0.6, 0.1].map((after) => believed(batches(round(before), steady(after, 4))))
  expect(useless).toBeLessThan(0.05)
  expect(useless).toBeGreaterThan(0)
  expect(harmful).toBeLessThan(useless!)
  const few = round({ ...before, waiting: waits([0.5, 0.5]) })
  expect(believed(batches(few, steady(0.1, 4)))).toBeGreaterThan(0.1)
  expect(useful).toBeGreaterThan(useless!)
})

test("a change right after a round is not held against it, nor the head's own progress counted for it", () => {
  const changed = batches(round(before), steady(0.9, 4))
  expect(believed(changed)).toBeCloseTo(0.1, 12)
  /** Errors jump at each change and are back after four batches, round or none. */
  const usedTo = Array.from({ length: 20 }, () => [...steady(0.9, 4), ...steady(0.3, 8)]).flat()
  const late = batches(RoundEstimate.initial, [...usedTo, ...steady(0.9, 4)])
  const credited = batches(round({ ...late, waiting: waits(steady(0.9, 4)) }), steady(0.3, 4))
  const naive = 0.1 + (late.level - 0.3) / (4 * 0.9)
  expect(believed(credited)).toBeLessThan((0.1 + naive) / 2)
})

test("what one round seemed to do is forgotten, whatever it was", () => {
  const forgotten = fc.property(fc.integer({ min: 0, max: 10 }), (tenths) => {
    const judged = batches(round(before), steady(tenths / 10, 4))
    const later = batches(judged, steady(0.5, 800))
    expect(Math.abs(believed(later) - 0.1)).toBeLessThan(0.01)
  })
  fc.assert(forgotten)
})

test("batches that come while a round runs do not judge it", () => {
  const running = RoundEstimate.roundStarted(before)
  const finished = RoundEstimate.roundFinished(batches(running, steady(0.5, 8)), 20, 20)
  expect(finished.window).toMatchObject({ batches: 0, errors: 0 })
  expect(finished.waiting).toEqual({ batches: 8, errors: 4 })
})

test("costs are a line through the rounds, whatever a meter says", () => {
  const one = RoundEstimate.roundFinished(RoundEstimate.roundStarted(before), 2, 7)
  const two = RoundEstimate.roundFinished(one, 6, 15)
  expect(RoundEstimate.cost(config, { ...two, waiting: waits(steady(0, 10)) })).toBeCloseTo(3 + 2 * 10, 9)
  for (const broken of [NaN, Infinity, -1])
    expect(RoundEstimate.roundFinished(two, 3, broken).rounds).toEqual(two.rounds)
})

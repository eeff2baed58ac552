import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import * as Ekya from "@edgeol/core/policies/Ekya"
import * as EkyaChoice from "@edgeol/core/policies/EkyaChoice"
import { seconds } from "@edgeol/core/Units"
import { type Scenario, World } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const knobs: EkyaChoice.Knobs = { batchSize: 16, epochs: 8, shares: 2, end: 0.95, price: 0 }
const quick = { depth: 2, before: 0.5, after: 0.55, seconds: 0.1 }
const slow = { depth: 0, before: 0.5, after: 0.6, seconds: 0.3 }
const situation: EkyaChoice.Situation = {
  trials: [slow, quick],
  steps: 4,
  now: 0.5,
  samples: 64,
  window: 100,
  fixed: 1
}
const chosen = (other: Partial<EkyaChoice.Situation>, knob: Partial<EkyaChoice.Knobs> = {}) =>
  EkyaChoice.best({ ...knobs, ...knob }, { ...situation, ...other })

describe("the choice", () => {
  test("in a long window is what learns most, in a short one what is soon done, in none a round", () => {
    expect(chosen({})).toEqual({ depth: 0, epochs: 8, share: 1 })
    const short = chosen({ window: 6 })!
    expect(short.depth).toBe(2)
    expect(short.epochs).toBeLessThan(8)
    expect(chosen({ window: 1 })).toBeUndefined()
  })

  test("is no round where trials gained nothing, the model has nothing to gain, or inference loses more", () => {
    const flat = [slow, quick].map((trial) => ({ ...trial, after: trial.before }))
    expect(chosen({ trials: flat }, { end: 0 })).toBeUndefined()
    expect(chosen({ now: 1 })).toBeUndefined()
    expect(chosen({ window: 12 }, { price: 1 })).toBeUndefined()
  })

  test("never takes longer for a shorter window", () => {
    const anyAccuracy = fc.integer({ min: 5, max: 90 }).map((value) => value / 100)
    const anyTrial = fc.record({
      depth: fc.nat({ max: 3 }),
      before: anyAccuracy,
      after: anyAccuracy,
      seconds: fc.integer({ min: 1, max: 50 }).map((value) => value / 100)
    })
    let both = 0
    const law = fc.property(
      fc.array(anyTrial, { minLength: 1, maxLength: 3 }),
      anyAccuracy,
      fc.nat({ max: 60 }),
      (trials, now, more) => {
        const took = (window: number) => {
          const made = chosen({ trials, now, window })
          if (made === undefined) return 0
          const paces = trials.filter(({ depth }) => depth === made.depth).map((trial) => trial.seconds)
          return made.epochs * Math.ceil((made.share * 64) / 16) * Math.min(...paces)
        }
        const [brief, long] = [took(5), took(5 + more)]
        if (brief > 0) both += 1
        if (new Set(trials.map(({ depth }) => depth)).size === trials.length)
          expect(long).toBeGreaterThanOrEqual(brief - 1e-9)
      }
    )
    fc.assert(law)
    expect(both).toBeGreaterThan(10)
  })
})

/** 24 batches of 4 samples in a scenario that the model has yet to learn, far enough apart for rounds. */
const scenario: Scenario = {
  units: 4,
  arrivals: [
    { _tag: "Scenario", at: seconds(0.5), id: 1, name: "new" },
    ...Array.from({ length: 24 }, (_, id) => ({ _tag: "Batch", at: seconds(id + 1), id, samples: 4 }) as const)
  ],
  costs: {
    startUp: 50,
    load: 0,
    forward: 2,
    backward: 8,
    optimiser: 1,
    probe: 0,
    validation: 1,
    head: 0,
    save: 5,
    inference: 0
  },
  nanEvery: 0,
  budget: 0
}

interface Round {
  readonly batches: number
  readonly steps: number
  readonly depths: ReadonlyArray<number>
}

/** What each round trained on, for how long, and the prefixes it had frozen. */
const roundsOf = (tape: ReadonlyArray<Entry>): ReadonlyArray<Round> => {
  const rounds: Array<Round> = []
  let depth = 0
  for (const { observation, decision } of tape) {
    if (observation._tag === "RoundStarted") rounds.push({ batches: observation.batches, steps: 0, depths: [] })
    const last = rounds.at(-1)
    if (observation._tag === "StepFinished" && last !== undefined) {
      rounds[rounds.length - 1] = { ...last, steps: last.steps + 1, depths: [...new Set([...last.depths, depth])] }
    }
    for (const part of Decision.parts(decision)) {
      if (part._tag === "Freeze") depth = part.units.filter(Boolean).length
    }
  }
  return rounds
}

test("profiles on the first batch of a window, and trains on the rest as it chose", () => {
  const config = { window: 4, trial: 3, prefixes: 3, batchSize: 1, epochs: 2 }
  const { tape } = World.run(Ekya.make(config), scenario)
  const rounds = roundsOf(tape)
  expect(rounds[0]).toEqual({ batches: 1, steps: 9, depths: [0, 1, 2] })
  expect(rounds[1]!.batches).toBe(3)
  expect(rounds[1]!.depths).toHaveLength(1)
  expect([6, 12, 24]).toContain(rounds[1]!.steps)
  for (const { depths, steps } of rounds) if (depths.length === 3) expect(steps).toBe(9)
  expect(rounds.filter(({ depths }) => depths.length === 1).length).toBeGreaterThan(1)
  const stops = tape.filter(({ decision }) => Decision.has(decision, "StopRound")).length
  expect(stops).toBe(rounds.filter(({ depths }) => depths.length === 3).length)
})

test("trains nothing more once nothing is gained", () => {
  const late = { ...scenario, arrivals: scenario.arrivals.slice(1) } // the scene it was deployed with
  const rounds = roundsOf(World.run(Ekya.make({ window: 4, trial: 3, batchSize: 1, end: 0.5 }), late).tape)
  expect(rounds.length).toBeGreaterThan(2)
  const profiles = rounds.filter(({ depths }) => depths.length === 3).length
  expect(profiles).toBeGreaterThanOrEqual(rounds.length / 2)
})

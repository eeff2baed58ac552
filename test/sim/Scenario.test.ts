import { fc, test } from "@fast-check/vitest"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import * as Arrivals from "@edgeol/sim/Arrivals"
import * as Scenario from "@edgeol/sim/Scenario"
import { describe, expect } from "vitest"
import { drawn } from "./scenario/drawn.ts"

const process = fc.oneof(
  fc.constant({ kind: "periodic" } as const),
  fc.constant({ kind: "poisson" } as const),
  fc.integer({ min: 0, max: 10 }).map((tenths) => ({ kind: "jittered", share: tenths / 10 }) as const)
)

const experiment: fc.Arbitrary<Scenario.Experiment> = fc.record({
  stream: fc.constantFrom("patterns/nic@1", "mine"),
  batches: fc.record({
    perScenario: fc.integer({ min: 1, max: 12 }),
    samples: fc.integer({ min: 1, max: 32 }),
    validation: fc.integer({ min: 0, max: 8 }),
    secondsBetween: fc.integer({ min: 1, max: 100 }).map((tenths) => tenths / 10),
    process
  }),
  requests: fc.record({ perScenario: fc.integer({ min: 1, max: 40 }), process })
})

/** What an experiment means, written down plainly: all times of all scenarios, sorted. */
const plainly = ({ batches, requests }: Scenario.Experiment, scenes: number, seed: number) => {
  const span = batches.perScenario * batches.secondsBetween
  const rank = { border: 0, batch: 1, request: 2 }
  const numbers = { border: 1, batch: 0, request: 0 }
  return Array.from({ length: scenes }, (_, i) => i + 1)
    .flatMap((scene) => {
      const within = { from: seconds((scene - 1) * span), until: seconds(scene * span) }
      const draw = (what: "batches" | "requests", { perScenario, process }: Scenario.Experiment["requests"]) => [
        ...Arrivals.times(process, perScenario, within, Rng.named(seed, `arrivals/${what}/${scene}`))
      ]
      const { samples, validation } = batches
      return [
        { kind: "border" as const, at: within.from, scene, samples: 0, validation: 0 },
        ...draw("batches", batches).map((at) => ({ kind: "batch" as const, at, scene, samples, validation })),
        ...draw("requests", requests).map((at) => ({ kind: "request" as const, at, scene, samples: 0, validation: 0 }))
      ]
    })
    .toSorted((a, b) => a.at - b.at || rank[a.kind] - rank[b.kind])
    .map((arrival) => ({ ...arrival, id: numbers[arrival.kind]++ }))
}

describe("of an experiment", () => {
  test.prop([experiment, fc.integer({ min: 1, max: 7 }), fc.nat(1000)])(
    "the timeline is all its times, sorted, to the bit",
    (experiment, scenes, seed) => {
      const names = Array.from({ length: scenes }, (_, i) => `scene ${i}`)
      const scenario = Scenario.ofExperiment(experiment, names)
      expect(drawn(Scenario.timeline(scenario, seed))).toEqual(plainly(experiment, scenes, seed))
      expect(Scenario.seconds(scenario)).toBe(
        scenes * (experiment.batches.perScenario * experiment.batches.secondsBetween)
      )
    }
  )
})

/** Simulated devices: alone, in modes, and several together. */
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Simulation from "@edgeol/cli/simulate/Simulation"
import * as Workload from "@edgeol/cli/Workload"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Summary from "@edgeol/core/Summary"
import * as Equipment from "@edgeol/sim/Equipment"
import type * as Scenario from "@edgeol/sim/Scenario"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"

const surrogate = await Effect.runPromise(Atlas.of("patterns/nic@1"))

const { experiment } = await Effect.runPromise(Experiment.load("patterns/nic@1"))
const workload = await Effect.runPromise(Workload.of(experiment))

const base: Scenario.Scenario = {
  name: "short",
  version: 1,
  stream: "patterns/nic@1",
  schedule: [
    { scene: 1, duration: 600 },
    { scene: 2, duration: 600 }
  ],
  batches: { count: 6, samples: 16, validation: 8 },
  requests: { rate: 0.05 }
}

const simulate = (scenario: Scenario.Scenario, seed: number, device = Equipment.nameOf(scenario)) => {
  const tapes: Array<Array<Entry>> = []
  const opened = { scenario, traces: new Map(), surrogate, workload }
  const setting = { policy: Policies.parse("edgeol"), seed, device, rounds: "warm" } as const
  const simulated = Simulation.run(opened, setting, (entry, own) => (tapes[own] ??= []).push(entry))
  return { ...simulated, tapes }
}

const anyDevice: fc.Arbitrary<NonNullable<Scenario.Scenario["device"]>> = fc.record(
  {
    name: fc.constantFrom("orin-nano@15W", "orin-nano@7W"),
    modes: fc.constantFrom(
      [{ at: 200, mode: "7W" }],
      [
        { at: 300, mode: "7W" },
        { at: 900, mode: "15W" }
      ]
    ),
    battery: fc.integer({ min: 1, max: 8 }).map((kilojoules) => ({ capacity: 1000 * kilojoules })),
    budget: fc.integer({ min: 1, max: 9 })
  },
  { requiredKeys: ["name"] }
)

test("one of several is the only one", () => {
  const law = fc.property(anyDevice, fc.integer({ min: 1, max: 99 }), (device, seed) => {
    const alone = simulate({ ...base, device }, seed)
    expect(simulate({ ...base, devices: [{ ...device, count: 1 }] }, seed)).toEqual(alone)
    expect(simulate({ ...base, devices: [{ ...device, speed: 1 }] }, seed)).toEqual(alone)
    expect(alone.summary).toEqual(Summary.summarise(alone.tapes[0]!))
  })
  fc.assert(law, { numRuns: 20 })
})

test("several are added up, each with its own day, and the first as if it were alone", () => {
  const devices = [
    { name: "orin-nano@15W", count: 2 },
    { name: "orin-nano@7W", speed: 2 }
  ]
  const { summary, tapes, fingerprint } = simulate({ ...base, devices }, 3)
  expect(tapes).toHaveLength(3)
  expect(tapes[0]).toEqual(simulate({ ...base, device: { name: "orin-nano@15W" } }, 3).tapes[0])
  const times = tapes.map((tape) => tape.map(({ observation: { at } }) => at).join())
  expect(new Set(times).size).toBe(3)
  const own = tapes.map(Summary.summarise)
  const sum = (of: (one: Summary.Summary) => number) => own.reduce((total, one) => total + of(one), 0)
  for (const field of ["rounds", "iterations", "requests", "joules", "fineTuningSeconds"] as const) {
    expect(summary[field]).toBeCloseTo(
      sum((one) => one[field]),
      9
    )
  }
  expect(summary.accuracy).toBeCloseTo(sum((one) => one.accuracy * one.requests) / summary.requests, 12)
  expect(summary.latencySeconds).toEqual(Summary.summarise(tapes.flat()).latencySeconds)
  expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
  expect(simulate({ ...base, devices }, 3).fingerprint).toBe(fingerprint)
  expect(simulate({ ...base, devices }, 4).fingerprint).not.toBe(fingerprint)
})

test("another device takes the place of all", () => {
  const devices = [{ name: "orin-nano@15W" }, { name: "orin-nano@7W" }]
  const one = simulate({ ...base, devices }, 3, "orin-nano@7W")
  expect(one.tapes[0]).toEqual(simulate({ ...base, device: { name: "orin-nano@7W" } }, 3).tapes[0])
})

test("in a slower mode the same steps take longer and other joules", () => {
  const [fast, slow] = [[], [{ at: 0, mode: "7W" }]].map(
    (modes) => simulate({ ...base, device: { name: "orin-nano@15W", modes } }, 5).summary
  )
  expect(slow!.fineTuningSeconds).toBeGreaterThan(1.2 * fast!.fineTuningSeconds)
  expect(slow!.seconds.inference).toBeGreaterThan(1.2 * fast!.seconds.inference!)
})

/** How much a policy remembers on histories that go on and on: by the laws a bounded size, here in bytes. */
import type { Observation } from "@edgeol/core/Observation"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyHistory } from "@edgeol/verify/History"
import { repeated } from "@edgeol/verify/Repeated"
import fc from "fast-check"
import { expect, test } from "vitest"
import { anyConfig } from "../arbitraries/Policy.ts"

const at = seconds(1)

/** Batches that wait for a round which never comes. */
const patient: ReadonlyArray<Observation> = [
  { _tag: "Started", at: seconds(0), units: 6 },
  { _tag: "BatchArrived", at, batch: 0, samples: 16 },
  { _tag: "Adapted", at, batch: 0, samples: 16, accuracy: 0.7 },
  { _tag: "RequestServed", at, request: 0, arrivedAt: at, energy: -5.123456789, confidence: 0.9 }
]

const histories = [patient, ...fc.sample(anyHistory({ broken: false }), { numRuns: 8, seed: 2 })]

/** The largest state, in bytes of JSON, over a run of some 5,000 observations. */
const largest = (policy: Policy): number => {
  let most = 0
  for (const history of histories) {
    let state: unknown = policy.initial
    for (const observation of repeated(history, Math.ceil(5000 / history.length))) {
      state = policy.decide(state, observation)[0]
      most = Math.max(most, Buffer.byteLength(JSON.stringify(state)))
    }
  }
  return most
}

test.each(Object.keys(Policies.all))("%s remembers less than 8 kB, however long a run", (name) => {
  const configs = fc.sample(anyConfig[name]!, { numRuns: 3, seed: 4 })
  for (const config of configs) expect(largest(Policies.all[name]!.make(config))).toBeLessThan(8192)
})

test("what breakEven remembers fills its accounts where the threshold is drawn, and else is under 600 B", () => {
  expect(largest(Policies.parse("breakEven:randomised=true,price=0.001"))).toBeGreaterThan(4096)
  expect(largest(Policies.parse("breakEven"))).toBeLessThan(600)
})

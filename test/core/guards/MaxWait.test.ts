import * as Decision from "@edgeol/core/Decision"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Never from "@edgeol/core/policies/Never"
import { seconds } from "@edgeol/core/Units"
import { envelope, laws, type Scenario, World } from "@edgeol/test"
import { expect, test } from "vitest"

const longest = 0.2

/** The longest time in which the loop cannot look at its timers: what it does between two looks, s. */
const busy = ({ costs, arrivals }: Scenario) =>
  Object.values(costs).reduce((sum, cost) => sum + cost, 0) / 1000 + (arrivals.length * costs.inference) / 1000

laws.guard("MaxWait", MaxWait.guard({ seconds: longest }), {
  name: "asks for a round before any batch has waited too long",
  broken(tape, scenario) {
    const { wait } = envelope(tape)
    return wait > longest + busy(scenario) ? `A batch waited ${wait} s.` : undefined
  },
  reached: (tape) =>
    tape.some(({ observation, decision }) => observation._tag === "TimerFired" && Decision.has(decision, "Train"))
})

test("rings also where adding up times is not exact: 0.1 s + 0.2 s", () => {
  const costs = {
    startUp: 0,
    load: 0,
    forward: 1,
    backward: 1,
    optimiser: 0,
    probe: 0,
    validation: 0,
    head: 0,
    save: 0,
    inference: 0
  }
  const arrivals: Scenario["arrivals"] = [
    { _tag: "Batch", at: seconds(0.1), id: 0, samples: 1 },
    { _tag: "Request", at: seconds(5), id: 0 }
  ]
  const { tape } = World.run(MaxWait.guard({ seconds: 0.2 })(Never.make()), {
    units: 1,
    arrivals,
    costs,
    nanEvery: 0,
    budget: 0
  })
  expect(tape.find(({ observation }) => observation._tag === "RoundStarted")?.observation.at).toBe(0.3)
})

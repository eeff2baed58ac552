import * as Changes from "@edgeol/cli/report/Changes"
import * as EnergyScore from "@edgeol/core/detectors/EnergyScore"
import * as Prequential from "@edgeol/core/detectors/Prequential"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Immediate from "@edgeol/core/policies/Immediate"
import type { Policy } from "@edgeol/core/Policy"
import { expect, test } from "vitest"
import * as World from "../../arbitraries/World.ts"
import * as Runs from "./Runs.ts"

/** Writes down the changes that reach a policy. */
const overhearing = (heard: Array<number>): Policy => {
  const policy = Immediate.make()
  const decide: Policy["decide"] = (state, observation) => {
    if (observation._tag === "ScenarioChanged") heard.push(observation.at)
    return policy.decide(state, observation)
  }
  return { ...policy, decide }
}

const recorded = (policy: Policy) => {
  const { header } = Runs.tape("immediate", 1)
  const config = JSON.parse(JSON.stringify(policy.config)) as never
  return { header: { ...header, policy: { name: "own", config } }, entries: World.run(policy, Runs.scenario(1)).tape }
}

test("replaying the detector finds the changes that its policy was told of, inside a guard or not", () => {
  const energy = EnergyScore.detect({ window: 4, z: 1 })
  const labels = Prequential.detect({ z: 1 })
  const both = (policy: Policy) => labels(energy(policy))
  for (const around of [energy, labels, both, (policy: Policy) => MaxWait.guard({ seconds: 3 })(both(policy))]) {
    const heard: Array<number> = []
    const tape = recorded(around(overhearing(heard)))
    expect(Changes.detected(tape)).toEqual(heard)
    expect(heard.length).toBeGreaterThan(0)
  }
})

test("a policy without a detector has no detections, whatever its configuration", () => {
  expect(Changes.detected(Runs.tape("immediate", 1))).toBeUndefined()
  const odd = { ...Immediate.make(), config: { detector: { energyScore: { window: "wide" } } } }
  expect(Changes.detected(recorded(odd))).toBeUndefined()
})

test("borders are the stream's, at the earliest time a run met them", () => {
  const borders = Changes.borders([Runs.tape("immediate", 1), Runs.tape("periodic:4", 1)])
  expect(borders.map(({ scenario }) => scenario)).toEqual(["scene 1", "scene 2", "scene 3", "scene 4"])
  borders.forEach(({ at }, i) => expect(Math.abs(at - 10 * i)).toBeLessThan(0.2))
})

/** A run that goes on from a state that was followed between snapshots is the run that was never stopped. */
import * as Follow from "@edgeol/agent/Follow"
import type { Entry } from "@edgeol/core/Journal"
import { anyScenario, anySpecification, build, World } from "@edgeol/test"
import * as Json from "@edgeol/test/laws/Json"
import fc from "fast-check"
import { expect, test } from "vitest"

/** What happened and was decided; times and seconds are sums of doubles, and may differ in their last digits. */
const told = (tape: ReadonlyArray<Entry>) =>
  tape.map(({ observation, decision }) =>
    JSON.stringify({ observation, decision }, (_, value: unknown) =>
      typeof value === "number" ? Number(value.toPrecision(9)) : value
    )
  )

test("goes on from any sure line as the run itself did", () => {
  const seen = { sure: 0, beyond: 0, lost: 0, waiting: 0 }
  const goesOn = fc.property(
    fc.record({ specification: anySpecification(), scenario: anyScenario(), pick: fc.nat() }),
    ({ specification, scenario: drawn, pick }) => {
      // The count to the next NaN is no part of a checkpoint.
      const scenario = { ...drawn, nanEvery: 0 }
      const policy = build(specification)
      const { tape, snapshots } = World.run(policy, scenario)
      const { entries, state } = snapshots[pick % snapshots.length]!
      let following = Follow.from(state)
      const sure: Array<readonly [line: number, Follow.Following]> = []
      for (const [i, entry] of tape.slice(entries).entries()) {
        const [next, decision] = policy.decide(following.state.policy, entry.observation)
        expect(decision).toEqual(entry.decision)
        following = Follow.add(following, entry, next)
        if (following.isLost) {
          seen.lost += 1
          break
        }
        if (Follow.isSure(following)) sure.push([entries + i + 1, following])
      }
      const at = sure[pick % Math.max(1, sure.length)]
      if (at === undefined) return
      const [line, { state: from }] = at
      seen.sure += 1
      if (from.arrivals > state.arrivals + 1) seen.beyond += 1
      if (from.waiting.length > 0) seen.waiting += 1
      expect(told(World.run(policy, scenario, Json.roundTrip(from)).tape)).toEqual(told(tape.slice(line)))
    }
  )
  fc.assert(goesOn, { numRuns: 400 })
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30)
})

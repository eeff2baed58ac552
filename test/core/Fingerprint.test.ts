import * as Decision from "@edgeol/core/Decision"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import type { Observation } from "@edgeol/core/Observation"
import { anyDecision, anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { expect, test } from "vitest"

const anyTape = fc
  .array(fc.tuple(anyHistory({ broken: false }), anyDecision()), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.flatMap(([history, decision]) => history.map((observation) => ({ observation, decision }))))

test("is the same after JSON", () => {
  fc.assert(
    fc.property(anyTape, (tape) => {
      expect(Fingerprint.of(JSON.parse(JSON.stringify(tape)))).toBe(Fingerprint.of(tape))
    })
  )
})

test("every field of every observation and decision counts", () => {
  let changed = 0
  fc.assert(
    fc.property(anyTape, fc.nat(), fc.nat(), (tape, line, place) => {
      const altered = structuredClone(tape)
      const entry = altered[line % tape.length]
      if (entry === undefined) return
      if (!alter(entry.observation, place)) return
      changed += 1
      expect(Fingerprint.of(altered)).not.toBe(Fingerprint.of(tape))
    })
  )
  expect(changed).toBeGreaterThan(50)
})

/** Changes the field at a place, if it is a number. */
const alter = (observation: Observation, place: number): boolean => {
  const fields = Object.entries(observation).filter(([, value]) => typeof value === "number" && Number.isFinite(value))
  const [name, value] = fields[place % fields.length] ?? []
  if (name === undefined) return false
  Object.assign(observation, { [name]: Number(value) + 1 })
  return true
}

test("decisions differ from each other", () => {
  const at: Observation = { _tag: "TimerFired", at: 1 as never }
  const decisions = [
    Decision.wait,
    Decision.train,
    Decision.stopRound,
    Decision.validate,
    Decision.pretest,
    Decision.probe({ renew: true }),
    Decision.probe({ renew: false }),
    Decision.freeze([]),
    Decision.freeze([true]),
    Decision.freeze([false]),
    Decision.wakeAt(1 as never),
    Decision.all(Decision.train, Decision.validate)
  ]
  const seen = new Set(decisions.map((decision) => Fingerprint.of([{ observation: at, decision }])))
  expect(seen.size).toBe(decisions.length)
})

import * as Decision from "@edgeol/core/Decision"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as SimFreeze from "@edgeol/core/policies/SimFreeze"
import * as Policy from "@edgeol/core/Policy"
import { anyHistory } from "@edgeol/test"
import { Schema } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

test("side by side, policies decide what each decides alone", () => {
  const [first, second] = [Immediate.make(), SimFreeze.make({ every: 2, hits: 1, settled: 0.5 })]
  const alone = fc.property(anyHistory(), (history) => {
    const [a, b] = [Policy.decisions(first, history), Policy.decisions(second, history)]
    const both = Policy.decisions(Policy.both("both", first, second), history)
    expect(both).toEqual(a.map((decision, i) => Decision.all(decision, b[i]!)))
  })
  fc.assert(alone)
})

test("a fold over a history is a fold over its parts", () => {
  const policy = SimFreeze.make({ every: 2 })
  const parts = fc.property(anyHistory(), fc.nat(), (history, cut) => {
    const place = cut % (history.length + 1)
    const before = history.slice(0, place)
    const state = before.reduce((at, observation) => policy.decide(at, observation)[0], policy.initial)
    const rest = Policy.decisions({ ...policy, initial: state }, history.slice(place))
    expect([...Policy.decisions(policy, before), ...rest]).toEqual(Policy.decisions(policy, history))
  })
  fc.assert(parts)
})

describe("a configuration", () => {
  const Config = Schema.Struct({
    count: Policy.PositiveInt,
    share: Policy.field(Policy.Fraction, 0.5),
    inner: Policy.field(Schema.Struct({ watts: Policy.field(Policy.Positive, 1) }), {})
  })
  const read = Policy.config("example", Config)

  test("is completed by defaults, and reading it again changes nothing", () => {
    const whole = { count: 3, share: 0.5, inner: { watts: 1 } }
    expect(read({ count: 3 })).toEqual(whole)
    expect(read(whole)).toEqual(whole)
  })

  test.each([
    [{}, "example: count: missing key."],
    [{ count: NaN }, "example: count: expected an integer."],
    [{ count: 3, share: NaN }, "example: share: expected a finite number."],
    [{ count: 3, share: 2 }, "example: share: expected a value between 0 and 1."],
    [{ count: 3, inner: { watts: 0 } }, "example: inner.watts: expected a value greater than 0."],
    [{ count: 3, extra: 1 }, 'example: there is no field "extra".'],
    [{ count: "3" }, "example: count: expected number."],
    [null, "example: expected object."]
  ])("%j is refused in one sentence", (input, message) => {
    expect(() => read(input)).toThrow(new Policy.ConfigError({ message }))
  })
})

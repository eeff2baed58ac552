import * as Decision from "@edgeol/core/Decision"
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Entry } from "@edgeol/core/Journal"
import type { Observation } from "@edgeol/core/Observation"
import * as FastHead from "@edgeol/core/policies/FastHead"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import * as Recipe from "@edgeol/core/Recipe"
import { joules, seconds } from "@edgeol/core/Units"
import * as Simulate from "@edgeol/sim/Simulate"
import { anyHistory, anySimWorld, laws } from "@edgeol/test"
import * as Guard from "@edgeol/test/laws/Guard"
import * as Promised from "@edgeol/test/laws/Promised"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const tight = { joulesPerHour: 5, roundsPerHour: 2, staleness: 3, latency: 0.3, stateBytes: 500, progress: 4 }

/** Runs a policy along a history, to its last state. */
const follow = (policy: Policy.Policy, history: ReadonlyArray<Observation>) => {
  let state = policy.initial
  const decisions = history.map((observation) => {
    const [next, decision] = policy.decide(state, observation)
    state = next
    return decision
  })
  return { state: state as Promises.State, decisions }
}

for (const inner of Guard.guarded) {
  laws.policy(Promises.guard({})(inner))
  laws.policy(Promises.guard(tight)(inner))
  laws.policy(Promises.guard(tight, FastHead.make())(inner))
}

describe("a guard that nothing was promised to", () => {
  test.each(Guard.guarded)("is not there: $name", (inner) => {
    const holds = Guard.transparent(Promises.guard({}), inner)
    fc.assert(fc.property(anyHistory(), (history) => holds(inner, history) === undefined))
  })
})

test("what was measured over a run is kept by that run, and a little less is not", () => {
  const broken = new Map<string, number>()
  const kept = fc.property(fc.constantFrom(...Guard.guarded.keys()), anySimWorld(), (i, world) => {
    const history: Array<Observation> = []
    Simulate.run(Guard.guarded[i]!, world(), ({ observation }) => void history.push(observation))
    const { most } = follow(Promises.guard({})(Guard.guarded[i]!), history).state
    expect(Promises.breach(follow(Promises.guard(most)(Guard.guarded[i]!), history).state)).toBeUndefined()
    for (const name of Envelope.names) {
      if (most[name] === 0) continue
      const less = { [name]: most[name] * 0.999 }
      const breach = Promises.breach(follow(Promises.guard(less)(Guard.guarded[i]!), history).state)
      expect(breach).toMatchObject({ promise: name, bound: less[name] })
      expect(breach!.reached).toBeGreaterThan(breach!.bound)
      broken.set(name, (broken.get(name) ?? 0) + 1)
    }
  })
  fc.assert(kept, { numRuns: 200 })
  for (const name of Envelope.names) expect(broken.get(name), name).toBeGreaterThan(10)
})

test("stands where a plain recount of the tape does, at every line", () => {
  let lines = 0
  const asks = fc.constantFrom(...Guard.guarded, FastHead.make())
  const holds = fc.property(asks, anySimWorld(), (policy, world) => {
    const guarded = Promises.guard({})(policy)
    const stands: Array<Envelope.Standing> = []
    const tape: Array<Entry> = []
    const decide: typeof guarded.decide = (state, observation) => {
      const step = guarded.decide(state, observation)
      stands.push(step[0].now)
      return step
    }
    Simulate.run({ ...guarded, decide }, world(), (entry) => void tape.push(entry))
    lines += tape.length
    const recounted = Promised.along(tape)
    expect(stands).toMatchObject(recounted.map(rounded))
  })
  fc.assert(holds, { numRuns: 200 })
  expect(lines).toBeGreaterThan(2000)
})

/** Joules are added up in another order. */
const rounded = (stand: Promised.Stand) => ({ ...stand, joulesPerHour: expect.closeTo(stand.joulesPerHour, 9) })

const at = seconds
const begin: ReadonlyArray<Observation> = [
  { _tag: "Started", at: at(0), units: 3 },
  { _tag: "BatchArrived", at: at(1), batch: 0, samples: 4 },
  { _tag: "RoundStarted", at: at(1), round: 1, batches: 1, samples: 4 }
]
const finished = (time: number, round: number, spent: number): Observation => ({
  _tag: "RoundFinished",
  at: at(time),
  round,
  batches: 1,
  iterations: 4,
  seconds: at(1),
  joules: joules(spent)
})

test("a running round is stopped in the decision that learns of the breach, and the fallback starts", () => {
  const slow: Observation = {
    _tag: "RequestServed",
    at: at(9),
    request: 0,
    arrivedAt: at(8),
    energy: -5,
    confidence: 1
  }
  const policy = Promises.guard({ latency: 0.5 }, FastHead.make())(Immediate.make())
  const { state, decisions } = follow(policy, [...begin, slow])
  expect(Promises.breach(state)).toEqual({ promise: "latency", at: 9, reached: 1, bound: 0.5 })
  expect(Decision.has(decisions.at(-1)!, "StopRound")).toBe(true)
  const arrived: Observation = { _tag: "BatchArrived", at: at(10), batch: 1, samples: 4 }
  expect(policy.decide(state, arrived)[1]).toEqual(Decision.adapt)
})

test("the round that would be one too many is never asked for", () => {
  const history = [...begin, finished(2, 1, 1), { _tag: "BatchArrived", at: at(3), batch: 1, samples: 4 } as const]
  const { state, decisions } = follow(Promises.guard({ roundsPerHour: 1 })(Immediate.make()), history)
  expect(Promises.breach(state)).toMatchObject({ promise: "roundsPerHour", reached: 2, bound: 1 })
  expect(Decision.has(decisions.at(-1)!, "Train")).toBe(false)
})

test("an hour later the same round is none too many", () => {
  const history = [...begin, finished(2, 1, 1), { _tag: "BatchArrived", at: at(3601), batch: 1, samples: 4 } as const]
  const { state, decisions } = follow(Promises.guard({ roundsPerHour: 1 })(Immediate.make()), history)
  expect(Promises.breach(state)).toBeUndefined()
  expect(Decision.has(decisions.at(-1)!, "Train")).toBe(true)
})

test("a round asked for before the breach is stopped when it begins", () => {
  const second = { _tag: "BatchArrived", at: at(2), batch: 1, samples: 4 } as const
  const began = { _tag: "RoundStarted", at: at(3), round: 2, batches: 1, samples: 4 } as const
  const policy = Promises.guard({ joulesPerHour: 5 })(Immediate.make())
  const { state, decisions } = follow(policy, [...begin, second, finished(3, 1, 6), began])
  expect(Promises.breach(state)).toMatchObject({ promise: "joulesPerHour", reached: 6, bound: 5 })
  expect(decisions.at(-1)).toEqual(Decision.stopRound)
})

test("after a breach nothing that the policy had set holds any more", () => {
  let said = 0
  const speaks = fc.constantFrom("epochs:3+hard:0.5+prefix:1", "replay:4+cached+fresh", "simsiam:1+rigl:0.5+egeria")
  const holds = fc.property(speaks, anyHistory(), (specification, history) => {
    const policy = Policies.parse(specification)
    const { decisions, state } = follow(Promises.guard(tight)(policy), history)
    if (state.breach === null) return
    const set = settings(decisions)
    const before = settings(follow(policy, history).decisions)
    if (Object.keys(before.recipe).length > 0) said += 1
    expect(set).toEqual({ recipe: Recipe.defaults, frozen: set.frozen.map(() => false), watch: "nothing" })
  })
  fc.assert(holds)
  expect(said).toBeGreaterThan(20)
})

/** What stands of all that was decided, as the loop keeps it. */
const settings = (decisions: ReadonlyArray<Decision.Decision>) => {
  const kept = { recipe: {} as Recipe.Recipe, frozen: [] as ReadonlyArray<boolean>, watch: "nothing" }
  for (const part of decisions.flatMap(Decision.parts)) {
    if (part._tag === "Recipe") kept.recipe = Recipe.merge(kept.recipe, part.recipe)
    if (part._tag === "Freeze") kept.frozen = part.units
    if (part._tag === "Watch") kept.watch = part.what
  }
  return kept
}

test("a policy that throws is stepped aside from, and says why", () => {
  const decide = (_: object, state: null, { _tag }: Observation) => {
    if (_tag === "RoundStarted") throw new Error("No model.")
    return [state, Decision.wait] as const
  }
  const faulty = Policy.make({ name: "faulty", config: {}, initial: null, decide })
  const breach = Promises.breach(follow(Promises.guard({})(faulty), begin).state)!
  expect(Envelope.sentence(breach)).toBe("The policy cannot decide at 1 s: No model.")
})

test("the breach is found inside of other guards, and nowhere else", () => {
  const { state } = follow(Promises.guard({ staleness: 0 })(Immediate.make()), [...begin, finished(2, 1, 1)])
  expect(Promises.breach({ spent: 0, inner: { arrivals: [], inner: state } })).toMatchObject({ promise: "staleness" })
  expect([null, undefined, 3, { inner: { inner: 1 } }].map(Promises.breach)).toEqual(Array(4).fill(undefined))
})

/** The laws catch every mistake that a policy written in a hurry makes, and name it in a sentence. */
import * as Decision from "@edgeol/core/Decision"
import * as Policy from "@edgeol/core/Policy"
import { check } from "@edgeol/test"
import { violation } from "@edgeol/test/laws/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyHistory } from "@edgeol/verify/History"
import { repeated } from "@edgeol/verify/Repeated"
import fc from "fast-check"
import { expect, test } from "vitest"

type Decide = (config: any, state: any, observation: any) => any

const sorry = (decide: Decide, initial: unknown = { waiting: 0, doubtful: 0 }) =>
  Policy.make<any, any>({ name: "sorry", config: { patience: 12 }, initial, decide })

const { wait, train, validate } = Decision
let calls = 0

/** The mistake, the policy that makes it, how it is named, and the initial state if it matters. */
const mistakes: ReadonlyArray<readonly [string, Decide, string, unknown?]> = [
  [
    "a NaN that is added up",
    (_, state, o) => [o._tag === "RequestServed" ? { ...state, doubtful: state.doubtful + o.energy } : state, wait],
    "sorry keeps NaN in state.doubtful: JSON cannot hold it."
  ],
  [
    "a state that is changed",
    (_, state) => ((state.waiting += 1), [state, wait]),
    "sorry mutates its state: state.waiting changed at Started; return a new one."
  ],
  [
    "an observation that is changed",
    (_, state, o) => ((o.seen = true), [state, wait]),
    "sorry mutates the observation: observation.seen changed at Started; return a new one."
  ],
  [
    "a config that is changed",
    (config, state) => ((config.patience += 1), [state, wait]),
    "sorry mutates its config: config.patience changed."
  ],
  [
    "chance",
    (_, state) => [state, Math.random() < 0.5 ? train : wait],
    "sorry calls Math.random in decide: draw from a stream of Rng whose state is in the policy's state."
  ],
  [
    "the date",
    (_, state) => [{ ...state, now: +new Date() }, wait],
    "sorry calls new Date() in decide: time is observation.at."
  ],
  [
    "the time",
    (_, state) => [{ ...state, now: Date.now() }, wait],
    "sorry calls Date.now in decide: time is observation.at."
  ],
  [
    "the clock",
    (_, state) => [{ ...state, now: performance.now() }, wait],
    "sorry calls performance.now in decide: time is observation.at."
  ],
  [
    "a field that only some observations have",
    (_, state, o) => [state, o.similarity.length > 0 ? train : wait],
    "sorry throws at Started: Cannot read properties of undefined (reading 'length')."
  ],
  ["a forgotten return", () => undefined, "sorry gives undefined at Started, not [state, decision]."],
  ["a map", (_, state) => [state, wait], "sorry keeps a Map in state.seen: JSON cannot hold it.", { seen: new Map() }],
  [
    "an absent value",
    () => [{ waiting: undefined }, wait],
    "sorry keeps undefined in state.waiting: JSON cannot hold it."
  ],
  [
    "a misspelt decision",
    (_, state) => [state, { _tag: "Trian" }],
    'sorry decides {"_tag":"Trian"} at Started, which is no decision.'
  ],
  [
    "a time that is none",
    (_, state) => [state, Decision.wakeAt(seconds(NaN))],
    'sorry decides {"_tag":"WakeAt","at":Number.NaN} at Started: decision.at is NaN.'
  ],
  [
    "a memory outside the state",
    (_, state) => [state, calls++ % 2 === 0 ? train : wait],
    "on an equal history, at Started."
  ],
  [
    "a sign of zero, which JSON loses",
    (_, state) => [state, Object.is(state.sum, -0) ? train : wait],
    'sorry decides {"_tag":"Train"} and then {"_tag":"Wait"} after a stop and resume from JSON, at Started.',
    { sum: -0 }
  ],
  [
    "a memory of all that waits",
    (_, state, o) => [o._tag === "BatchArrived" ? { waiting: [...state.waiting, o.batch] } : state, wait],
    "sorry remembers more and more: its state grows as long as the same goes on and on; keep a sum, or the newest few.",
    { waiting: [] }
  ],
  [
    "an endless question",
    (_, state, o) => [state, o._tag === "Validated" ? validate : wait],
    'sorry never lets time pass: each consequence of {"_tag":"Validate"} at Validated makes it ask again.'
  ]
]

for (const [mistake, decide, sentence, initial] of mistakes) {
  test(mistake, () => {
    expect(check(sorry(decide, initial))).toContain(sentence)
  })
}

test("a good policy breaks none, within a second", () => {
  const patient = sorry(({ patience }, state, o) => {
    if (o._tag !== "RequestServed" || !(o.confidence < 0.5)) return [state, wait]
    const doubtful = state.doubtful + 1
    return doubtful < patience ? [{ ...state, doubtful }, wait] : [{ ...state, doubtful: 0 }, train]
  })
  const began = performance.now()
  expect(check(patient)).toBeUndefined()
  expect(performance.now() - began).toBeLessThan(1000)
})

test("a window that fills is bounded, and a history that repeats is one that a run could have had", () => {
  const newest = sorry(
    (_, state, o) => [o._tag === "RequestServed" ? { at: [...state.at, o.at].slice(-900) } : state, wait],
    { at: [] }
  )
  expect(check(newest)).toBeUndefined()
  let [waited, many] = [0, 0]
  const told = fc.property(anyHistory(), (history) => {
    let [last, batches, waiting, rounds, running] = [seconds(0), 0, 0, 0, 0]
    for (const observation of repeated(history, 5)) {
      expect(observation.at).toBeGreaterThanOrEqual(last)
      last = observation.at
      if (observation._tag === "BatchArrived") {
        expect(observation.batch).toBe(batches++)
        waiting += 1
      }
      if (observation._tag === "RoundStarted") {
        expect([observation.round, observation.batches, running]).toEqual([++rounds, waiting, 0])
        ;[running, waiting] = [waiting, 0]
      }
      if (observation._tag === "RoundFinished") {
        expect([observation.round, observation.batches]).toEqual([rounds, running])
        running = 0
      }
      waited = Math.max(waited, waiting)
    }
    many += rounds > 4 ? 1 : 0
  })
  fc.assert(told)
  expect(waited).toBeGreaterThan(20)
  expect(many).toBeGreaterThan(20)
})

test("the tape of a violation is the shortest: one request, and the start", () => {
  const found = violation(sorry(mistakes[0]![1]))
  expect(found?.history.map(({ _tag }) => _tag)).toEqual(["Started", "RequestServed"])
})

test("chance and clocks are as they were after a check, also of a policy that throws", () => {
  const sources = () => [Math.random, Date, Reflect.get(performance, "now"), Reflect.get(crypto, "randomUUID")]
  const before = sources()
  check(
    sorry(() => {
      throw new Error("no")
    })
  )
  expect(sources()).toEqual(before)
  expect(Object.hasOwn(performance, "now")).toBe(false)
})

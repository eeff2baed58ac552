import * as EventQueue from "@edgeol/sim/EventQueue"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"

interface Pushed {
  readonly at: number
  readonly rank: EventQueue.Rank
  readonly number: number
}

/** What a user does: pushes so many steps of a coarse grid after now, or moves on. Few times, so that many are equal. */
type Action = { readonly after: number; readonly rank: EventQueue.Rank } | "next"

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ after: fc.nat(3), rank: fc.constantFrom<EventQueue.Rank>(0, 1) }) },
  { weight: 2, arbitrary: fc.constant("next" as const) }
)
const actions = fc.array(action, { maxLength: 200, size: "max" })

/** The same queue as a sorted list: `toSorted` is stable. */
const model = (list: ReadonlyArray<Action>): ReadonlyArray<number> => {
  let waiting: ReadonlyArray<Pushed> = []
  let [now, number] = [0, 0]
  const popped: Array<number> = []
  const next = () => {
    const [first, ...rest] = waiting.toSorted((a, b) => a.at - b.at || a.rank - b.rank)
    if (first === undefined) return
    now = first.at
    popped.push(first.number)
    waiting = rest
  }
  for (const act of list) {
    if (act === "next") next()
    else waiting = [...waiting, { at: now + act.after, rank: act.rank, number: number++ }]
  }
  while (waiting.length > 0) next()
  return popped
}

/** Runs on a queue, which is put aside as JSON and taken up again before each action in `stops`. */
const run = (list: ReadonlyArray<Action>, stops: ReadonlySet<number> = new Set()): ReadonlyArray<number> => {
  let queue = EventQueue.make(1)
  let number = 0
  const popped: Array<number> = []
  for (const [i, act] of list.entries()) {
    if (stops.has(i)) queue = EventQueue.restore(JSON.parse(JSON.stringify(EventQueue.state(queue))))
    if (act !== "next") EventQueue.push(queue, queue.at + act.after, act.rank, number++)
    else if (EventQueue.next(queue)) popped.push(queue.what)
  }
  while (EventQueue.next(queue)) popped.push(queue.what)
  return popped
}

test("events leave by time, then outcomes before arrivals, then as pushed", () => {
  let [ties, deep] = [0, 0]
  fc.assert(
    fc.property(actions, (list) => {
      const popped = run(list)
      expect(popped).toEqual(model(list))
      if (popped.some((number, i) => i > 0 && number < popped[i - 1]!)) ties += 1
      if (popped.length > 40) deep += 1
    }),
    { numRuns: 300 }
  )
  expect(ties).toBeGreaterThan(100)
  expect(deep).toBeGreaterThan(100)
})

test.prop([actions, fc.array(fc.nat(200), { maxLength: 5 })])(
  "putting a queue aside changes nothing",
  (list, stops) => {
    expect(run(list, new Set(stops))).toEqual(run(list))
  }
)

test.prop([actions])("looking at the state or the next time changes nothing", (list) => {
  const queue = EventQueue.make()
  for (const act of list) {
    if (act === "next") EventQueue.next(queue)
    else EventQueue.push(queue, queue.at + act.after, act.rank, 0)
    const { events, at } = EventQueue.state(queue)
    expect(events).toHaveLength(EventQueue.size(queue))
    expect(EventQueue.peek(queue)).toBe(events[0]?.at ?? Infinity)
    expect(events.every((event) => event.at >= at)).toBe(true)
  }
})

test("an event before now, or at no time at all, is refused", () => {
  const queue = EventQueue.make()
  EventQueue.push(queue, 2, EventQueue.outcome, 0)
  EventQueue.next(queue)
  for (const at of [1.9, NaN, Infinity]) {
    expect(() => EventQueue.push(queue, at, EventQueue.outcome, 0)).toThrow("cannot follow 2 s")
  }
})

/**
 * What is still to happen, in order: by time, then outcomes before arrivals, then as pushed. A four-ary heap in typed
 * arrays that grow by doubling, so that an event needs no object of its own.
 *
 * `next` moves to the earliest event and leaves its place open, because nearly every event causes another: `push` then
 * fills the place and sinks once, instead of once for each of the two.
 */

/** Ranks at equal times. */
export const outcome = 0
export const arrival = 1
export type Rank = typeof outcome | typeof arrival

/** Fields tell of the event that `next` moved to, those of the heap are for this module only. */
export interface EventQueue {
  /** Seconds since the run began: now. No event can be pushed before it. */
  at: number
  /** What the pusher said of it: an integer, or any finite number. */
  what: number
  /** Events pushed so far: the next one's number. */
  pushed: number
  /** Places in use from 0; the first is open while `isOpen`. */
  used: number
  isOpen: boolean
  times: Float64Array
  /** Rank and number in one: `rank · 2⁵² + number`. */
  orders: Float64Array
  whats: Float64Array
}

/** An event as plain JSON. */
export interface Event {
  readonly at: number
  readonly rank: Rank
  readonly number: number
  readonly what: number
}

/** A whole queue as plain JSON, its events in order. */
export interface State {
  readonly at: number
  readonly what: number
  readonly pushed: number
  readonly events: ReadonlyArray<Event>
}

export const make = (capacity = 16): EventQueue => ({
  at: 0,
  what: 0,
  pushed: 0,
  used: 0,
  isOpen: false,
  times: new Float64Array(capacity),
  orders: new Float64Array(capacity),
  whats: new Float64Array(capacity)
})

/** Events still to happen. */
export const size = (queue: EventQueue): number => queue.used - (queue.isOpen ? 1 : 0)

/** Adds an event, not before now. */
export const push = (queue: EventQueue, at: number, rank: Rank, what: number): void => {
  if (!(at >= queue.at && at < Infinity)) refuse(queue, at)
  insert(queue, at, rank * numbers + queue.pushed++, what)
}

const refuse = (queue: EventQueue, at: number): never => {
  throw new RangeError(`An event at ${at} s cannot follow ${queue.at} s.`)
}

const numbers = 2 ** 52

/** Writes the event down before it sinks or rises: V8 allocates fractions that are passed to a function it does not inline. */
const insert = (queue: EventQueue, at: number, order: number, what: number): void => {
  const i = queue.isOpen ? 0 : place(queue)
  queue.times[i] = at
  queue.orders[i] = order
  queue.whats[i] = what
  if (queue.isOpen) {
    queue.isOpen = false
    sink(queue, 0)
  } else if (i > 0) rise(queue, i)
}

/** Another place at the end. */
const place = (queue: EventQueue): number => {
  if (queue.used === queue.times.length) grow(queue)
  return queue.used++
}

/** Moves to the earliest event; false when there is none. */
export const next = (queue: EventQueue): boolean => {
  if (queue.isOpen) close(queue)
  if (queue.used === 0) return false
  queue.at = queue.times[0]!
  queue.what = queue.whats[0]!
  queue.isOpen = true
  return true
}

/** When the earliest event is; infinite when there is none. */
export const peek = (queue: EventQueue): number => {
  if (queue.isOpen) close(queue)
  return queue.used === 0 ? Infinity : queue.times[0]!
}

/** Fills the open place with the last event. */
const close = (queue: EventQueue): void => {
  queue.isOpen = false
  queue.used -= 1
  if (queue.used > 0) sink(queue, queue.used)
}

/** Moves the event at the end up to where it belongs. */
const rise = ({ times, orders, whats }: EventQueue, end: number): void => {
  const at = times[end]!
  const order = orders[end]!
  const what = whats[end]!
  let i = end
  while (i > 0) {
    const parent = (i - 1) >> 2
    const time = times[parent]!
    if (time < at || (time === at && orders[parent]! < order)) break
    times[i] = time
    orders[i] = orders[parent]!
    whats[i] = whats[parent]!
    i = parent
  }
  times[i] = at
  orders[i] = order
  whats[i] = what
}

/** Moves the event at `from` down from the top to where it belongs. */
const sink = ({ used, times, orders, whats }: EventQueue, from: number): void => {
  const at = times[from]!
  const order = orders[from]!
  const what = whats[from]!
  let i = 0
  for (let first = 1; first < used; first = 4 * i + 1) {
    let child = first
    let time = times[first]!
    for (let j = first + 1, end = Math.min(first + 4, used); j < end; j++) {
      const other = times[j]!
      if (other < time || (other === time && orders[j]! < orders[child]!)) {
        child = j
        time = other
      }
    }
    if (at < time || (at === time && order < orders[child]!)) break
    times[i] = time
    orders[i] = orders[child]!
    whats[i] = whats[child]!
    i = child
  }
  times[i] = at
  orders[i] = order
  whats[i] = what
}

const grow = (queue: EventQueue): void => {
  const capacity = Math.max(16, 2 * queue.used)
  queue.times = grown(queue.times, capacity)
  queue.orders = grown(queue.orders, capacity)
  queue.whats = grown(queue.whats, capacity)
}

const grown = (from: Float64Array, capacity: number): Float64Array => {
  const to = new Float64Array(capacity)
  to.set(from)
  return to
}

/** The whole queue: `restore`d, it goes on as if it had never stopped. */
export const state = (queue: EventQueue): State => {
  if (queue.isOpen) close(queue)
  const events = Array.from({ length: queue.used }, (_, i) => event(queue.times[i]!, queue.orders[i]!, queue.whats[i]!))
  events.sort((a, b) => a.at - b.at || a.rank - b.rank || a.number - b.number)
  return { at: queue.at, what: queue.what, pushed: queue.pushed, events }
}

const event = (at: number, order: number, what: number): Event => {
  const rank = order < numbers ? outcome : arrival
  return { at, rank, number: order - rank * numbers, what }
}

export const restore = ({ at, what, pushed, events }: State): EventQueue => {
  const queue = make(Math.max(16, events.length))
  for (const event of events) insert(queue, event.at, event.rank * numbers + event.number, event.what)
  return Object.assign(queue, { at, what, pushed })
}

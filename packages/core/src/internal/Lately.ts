/** What happened lately, as far as promises go: of bounded size, whatever happens. A fold over what a policy sees and says. */
import * as Decision from "../Decision.ts"
import type * as Envelope from "../guards/Envelope.ts"
import type { Observation } from "../Observation.ts"

interface Minute {
  /** Since the start of the run. */
  readonly minute: number
  readonly rounds: number
  readonly joules: number
}

interface Waiting {
  readonly batch: number
  readonly at: number
}

export interface Lately {
  readonly at: number
  readonly units: number
  /** Minutes of the last hour in which rounds began or finished, the oldest first. */
  readonly minutes: ReadonlyArray<Minute>
  readonly running: boolean
  /** A round was asked for and has not begun. */
  readonly wanted: boolean
  /** Batches that no round has taken. */
  readonly waiting: number
  /** The oldest batch that waits, and that of the running round, unless the fast head has learnt it. */
  readonly unlearnt: Waiting | null
  readonly learning: Waiting | null
  /** Consequences of decisions in a row. */
  readonly answers: number
}

export const start: Lately = {
  at: 0,
  units: 0,
  minutes: [],
  running: false,
  wanted: false,
  waiting: 0,
  unlearnt: null,
  learning: null,
  answers: 0
}

const minuteOf = (at: number) => Math.floor(at / 60)

/** After an observation. */
export const seen = (lately: Lately, observation: Observation): Lately => {
  const { at } = observation
  const next = moved(lately, at, isConsequence(observation, lately) ? lately.answers + 1 : 0)
  switch (observation._tag) {
    case "Started":
      return { ...next, units: observation.units }
    case "BatchArrived":
      return { ...next, waiting: lately.waiting + 1, unlearnt: lately.unlearnt ?? { batch: observation.batch, at } }
    case "Adapted":
      return adapted(next, observation.batch)
    case "RoundStarted":
      return begun(next, observation.batches)
    case "RoundFinished":
      return { ...next, running: false, learning: null, minutes: entered(lately.minutes, at, 0, observation.joules) }
    default:
      return next
  }
}

/** Written out, as this is done at every step. */
const moved = (lately: Lately, at: number, answers: number): Lately => ({
  at,
  units: lately.units,
  minutes: lately.minutes,
  running: lately.running,
  wanted: lately.wanted,
  waiting: lately.waiting,
  unlearnt: lately.unlearnt,
  learning: lately.learning,
  answers
})

/** After a decision. Asking for a round while nothing waits has no effect. */
export const asked = (lately: Lately, decision: Decision.Decision): Lately =>
  !lately.wanted && lately.waiting > 0 && Decision.has(decision, "Train") ? { ...lately, wanted: true } : lately

/** Where each promise stands after an observation and decision, given what was before them. */
export const standing = (before: Lately, after: Lately, observation: Observation, state: string): Envelope.Standing => {
  const { at } = observation
  const hourAgo = minuteOf(at) - 60
  let [joulesPerHour, roundsPerHour] = [0, after.wanted ? 1 : 0]
  for (const { minute, rounds, joules } of after.minutes) {
    if (minute <= hourAgo) continue
    joulesPerHour += joules
    roundsPerHour += rounds
  }
  const oldest = (before.learning ?? before.unlearnt)?.at ?? at
  return {
    joulesPerHour,
    roundsPerHour,
    staleness: at - oldest,
    latency: observation._tag === "RequestServed" ? at - observation.arrivedAt : 0,
    stateBytes: bytes(state),
    progress: after.answers
  }
}

const isConsequence = (observation: Observation, { at }: Lately): boolean => {
  switch (observation._tag) {
    case "Probed":
    case "Compared":
    case "Validated":
    case "Pretested":
    case "Adapted":
      return true
    case "TimerFired":
      return observation.at - at < 1
    default:
      return false
  }
}

/** The head learns the newest batch only: if that is the oldest which nothing has learnt, none is left. */
const adapted = (lately: Lately, batch: number): Lately => ({
  ...lately,
  unlearnt: lately.unlearnt?.batch === batch ? null : lately.unlearnt,
  learning: lately.learning?.batch === batch ? null : lately.learning
})

/** A round takes all that waits. */
const begun = (lately: Lately, batches: number): Lately => ({
  ...lately,
  running: true,
  wanted: false,
  waiting: Math.max(0, lately.waiting - batches),
  unlearnt: null,
  learning: lately.unlearnt,
  minutes: entered(lately.minutes, lately.at, 1, 0)
})

/** A meter that gives no number is no fault of a policy's. */
const entered = (minutes: ReadonlyArray<Minute>, at: number, rounds: number, spent: number): ReadonlyArray<Minute> => {
  const now = minuteOf(at)
  const more = { minute: now, rounds, joules: spent > 0 && spent < Infinity ? spent : 0 }
  const kept = minutes.filter(({ minute }) => minute > now - 60)
  const last = kept.at(-1)
  if (last?.minute !== now) return [...kept, more]
  return [...kept.slice(0, -1), { minute: now, rounds: last.rounds + rounds, joules: last.joules + more.joules }]
}

/** In UTF-8. */
const bytes = (text: string): number => {
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Each half of a surrogate pair is two of its four bytes.
    if (unit >= 0x80) count += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
  }
  return count
}

/** Between the API and the loop: hands requests over, keeps the books that are shown, and tells of what happens. */
import { randomBytes } from "node:crypto"
import type { EnergyMeter } from "@edgeol/core/EnergyMeter"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Entry, Snapshot } from "@edgeol/core/Journal"
import type { Prediction } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect, Option } from "effect"
import type * as Api from "./Api.ts"
import type { Arrivals } from "./Arrivals.ts"
import type * as Bodies from "./Bodies.ts"
import * as Events from "./Events.ts"
import * as Folded from "./Folded.ts"
import * as History from "./History.ts"
import { Refused } from "./Http.ts"
import type { Inbox } from "./Inbox.ts"
import type { Log } from "./Log.ts"
import * as Monitor from "./Monitor.ts"
import * as Shown from "./Shown.ts"
import * as Status from "./Status.ts"
import type { Subject } from "./Subject.ts"

export interface Of {
  readonly subject: Subject
  readonly inbox: Inbox
  readonly arrivals: Arrivals
  readonly monitor: Monitor.Monitor
  readonly meter: EnergyMeter["Service"]
  readonly log: Log
}

export interface Desk extends Of {
  readonly events: Events.Events
  readonly history: History.History
  readonly status: Folded.Folded<Status.Status, Entry>
  isLearning: boolean
  watts: number | null
  /** When the last line was written, ms of the monotonic clock. */
  wrote: number
  /** What was answered, by the request's name, the newest last. */
  readonly answered: Map<string, number>
  /** Names of requests begin with this, so that those of another start are never taken for its own. */
  readonly start: string
}

/** Seconds between readings of the meter. */
const every = 2

export const make = (of: Of): Desk => ({
  ...of,
  events: Events.make(),
  history: History.make(every),
  status: Folded.make(Status.add, Status.start),
  isLearning: false,
  watts: null,
  wrote: performance.now(),
  answered: new Map(),
  start: randomBytes(4).toString("hex")
})

/** A run begins, or goes on. */
export const begin = (desk: Desk, resumed: Snapshot | undefined): void => {
  if (resumed !== undefined) desk.status.set(Status.resumed(desk.status.value(), resumed))
  desk.isLearning = true
  desk.wrote = performance.now()
}

export const rest = (desk: Desk): void => {
  desk.isLearning = false
  desk.status.set({ ...desk.status.value(), isTraining: false })
}

export const entered = (desk: Desk, entry: Entry): void => {
  desk.status.add(entry)
  desk.wrote = performance.now()
  const { observation } = entry
  if (observation._tag === "RoundStarted" || observation._tag === "RoundFinished") tell(desk, "round", observation)
}

/** To everybody, also to who will listen later. */
export const tell = (desk: Desk, event: string, data: unknown): void => {
  desk.history.happened(event, data)
  desk.events.send(event, data)
}

/** Answers that a label may still come for. */
const remembered = 4096

let asked = 0

const predict = (desk: Desk, input: Bodies.Input, answered: Parameters<Api.Agent["predict"]>[1]): Promise<void> =>
  new Promise((resolve, reject) => {
    const id = `${desk.start}-${(asked += 1)}`
    const answer = (prediction: Prediction | undefined) => {
      if (prediction === undefined) return reject(new Refused(503, "The agent could not answer; ask again."))
      desk.answered.set(id, prediction.labels[0]!)
      if (desk.answered.size > remembered) desk.answered.delete(desk.answered.keys().next().value!)
      answered(id, prediction)
      resolve()
    }
    if (!desk.arrivals.ask({ input, answer })) reject(new Refused(503, "Too many requests wait; ask again later."))
  })

const teach = (desk: Desk, taught: Bodies.Taught): number => {
  desk.inbox.add(taught)
  taught.requests.forEach((id, i) => {
    const answer = id === undefined ? undefined : desk.answered.get(id)
    if (answer === undefined) return
    desk.answered.delete(id!)
    desk.status.set(Status.judge(desk.status.value(), Number(answer === taught.labels[i]), 1))
  })
  desk.arrivals.wake()
  return desk.inbox.waiting()
}

export const shown = (desk: Desk): Shown.Shown => {
  const { subject, monitor, status, isLearning, watts, inbox, meter } = desk
  return Shown.of({
    policy: subject.policy.name,
    release: subject.release ?? null,
    experiment: subject.experiment.name,
    status: status.value(),
    isLearning,
    watts,
    inbox,
    meter,
    promises: Monitor.promised(subject.envelope, monitor.state()),
    breach: Promises.breach(monitor.state()) ?? null
  })
}

export const agent = (desk: Desk, tapes: string): Api.Agent => ({
  model: desk.subject,
  predict: (input, answered) => predict(desk, input, answered),
  teach: (taught) => teach(desk, taught),
  shown: () => shown(desk),
  history: desk.history.told,
  events: desk.events,
  tapes
})

/** Reads the meter again and again, and shows everybody where things stand. */
export const show = Effect.fnUntraced(function* (desk: Desk) {
  let before = { at: performance.now(), joules: yield* joules(desk) }
  while (true) {
    yield* Effect.sleep(every * 1000)
    const now = { at: performance.now(), joules: yield* joules(desk) }
    const watts = ((now.joules - before.joules) * 1000) / (now.at - before.at)
    desk.watts = Number.isFinite(watts) ? Math.max(0, watts) : null
    desk.history.read(desk.watts)
    before = now
    if (desk.events.listeners() > 0) desk.events.send("status", shown(desk))
  }
})

/** Of the meter at this moment; a modelled one is told where the seconds since the last line go. NaN where it fails. */
const joules = ({ meter, status, wrote }: Desk): Effect.Effect<number> => {
  const { isTraining, seconds } = status.value()
  const since = Ledger.cost(isTraining ? "forward" : "idle", (performance.now() - wrote) / 1000)
  return Effect.map(
    Effect.option(meter.read(Ledger.add(seconds, [since]))),
    Option.getOrElse(() => NaN)
  )
}

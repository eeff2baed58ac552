/**
 * The agent: one loop that answers and learns, its API, and the monitor that makes the policy step aside.
 *
 * All that it must not lose is in the state folder: samples (`inbox`), tapes and snapshot (`tape`), models (`models`).
 * Where the loop cannot run, as on a full disk, requests are answered all the same, and it is tried again.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { EnergyMeter, type MeterError } from "@edgeol/core/EnergyMeter"
import * as Envelope from "@edgeol/core/guards/Envelope"
import { Journal, JournalError } from "@edgeol/core/Journal"
import { Learner, type LearnerError } from "@edgeol/core/Learner"
import * as Loop from "@edgeol/core/Loop"
import { Samples, type SamplesError } from "@edgeol/core/Samples"
import { Scorer } from "@edgeol/core/Scorer"
import { Effect, Layer, type Scope } from "effect"
import { AgentError, reason } from "./AgentError.ts"
import * as Api from "./Api.ts"
import * as Arrivals from "./Arrivals.ts"
import * as Desk from "./Desk.ts"
import * as Http from "./Http.ts"
import * as Inbox from "./Inbox.ts"
import * as Listen from "./Listen.ts"
import type { Log } from "./Log.ts"
import * as Monitor from "./Monitor.ts"
import type { Notify } from "./Notify.ts"
import * as Recorder from "./Recorder.ts"
import * as Subject from "./Subject.ts"
import * as Token from "./Token.ts"

export interface Options {
  readonly subject: Subject.Subject
  /** The folder of all that is kept. */
  readonly state: string
  /** Path of the Unix socket. */
  readonly socket: string
  /** On the loopback; 0 is any that is free, and without one there is the socket alone. */
  readonly port?: number
  /** Opens the learner, given the folder of its checkpoints. */
  readonly learner: (folder: string) => Effect.Effect<Learner["Service"], LearnerError, Scope.Scope>
  readonly meter: Effect.Effect<EnergyMeter["Service"], never, Scope.Scope>
  readonly log: Log
  readonly notify: Notify
  /** Told once it answers. */
  readonly onReady?: (ready: Ready) => void
  readonly http?: Http.Limits
  readonly journal?: Recorder.Limits
  /** Opens the journal; `Recorder.open` where absent. */
  readonly recorder?: typeof Recorder.open
  readonly inbox?: Partial<Pick<Inbox.Options, "most" | "fileBytes">>
  /** Seconds until a loop that failed is tried again. */
  readonly pause?: number
}

export interface Ready {
  readonly port: number | undefined
  readonly token: string
  /** Ends the loop when all that is due was taken. */
  readonly end: () => void
}

/** What every try of the loop shares. */
interface Working {
  readonly options: Options
  readonly learner: Learner["Service"]
  readonly meter: EnergyMeter["Service"]
  readonly inbox: Inbox.Inbox
  readonly arrivals: Arrivals.Arrivals
  readonly monitor: Monitor.Monitor
  readonly desk: Desk.Desk
  readonly tapes: string
  readonly models: string
  readonly header: ReturnType<typeof Subject.header>
}

/** Runs until it is interrupted. Fails before it answers where something does not fit. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const { subject, log, notify } = options
  const [tapes, inboxes] = yield* folders(options.state)
  let working: Working | undefined
  const doors = yield* open(options, () => (working === undefined ? undefined : Desk.agent(working.desk, tapes)))
  const models = join(options.state, "models", Subject.modelHash(subject).slice(0, 16))
  const learner = yield* options.learner(models)
  const meter = yield* options.meter
  const inbox = yield* opening(() =>
    Inbox.open({
      folder: inboxes,
      shape: subject.shape,
      validation: subject.validation,
      most: 2 ** 30,
      ...options.inbox
    })
  )
  yield* Effect.addFinalizer(() => Effect.sync(inbox.close))
  const arrivals = yield* Arrivals.make({
    inbox,
    shape: subject.shape,
    rule: subject.rule,
    mostWaiting: 64,
    onTrouble: (error) => log(`No batch can be cut: ${reason(error)}.`)
  })
  const monitor = Monitor.make(subject.policy, subject.envelope, (breach) => {
    log(`The policy steps aside: ${Envelope.sentence(breach)}`)
    notify.send("STATUS=The policy has stepped aside.")
    Desk.tell(desk, "fallback", breach)
  })
  const desk: Desk.Desk = Desk.make({ subject, inbox, arrivals, monitor, meter, log })
  const header = Subject.header(subject, meter, learner.units)
  const made: Working = { options, learner, meter, inbox, arrivals, monitor, desk, tapes, models, header }
  yield* Effect.forkScoped(Desk.show(desk))
  yield* watchdog(notify, desk, arrivals)
  const ready = () => {
    if (working !== undefined) return
    working = made
    notify.send("READY=1")
    options.onReady?.({ ...doors, end: arrivals.end })
  }
  yield* live(made, ready)
  desk.events.close()
}, Effect.scoped)

/** The folder of the tapes and that of the inbox. */
const folders = (state: string) =>
  opening(() => {
    const made = ["tape", "inbox", "models"].map((name) => join(state, name))
    for (const folder of made) mkdirSync(folder, { recursive: true, mode: 0o700 })
    return [made[0]!, made[1]!] as const
  })

const opening = <A>(action: () => A): Effect.Effect<A, AgentError> =>
  Effect.try({
    try: action,
    catch: (error) =>
      error instanceof AgentError
        ? error
        : new AgentError({ message: `The agent's state cannot be opened: ${reason(error)}; check --state.` })
  })

const open = Effect.fnUntraced(function* (options: Options, agent: () => Api.Agent | undefined) {
  const limits = options.http ?? Http.limits
  const token = yield* opening(() => Token.read(join(options.state, "token")))
  yield* Listen.socket(
    Http.server(
      limits,
      Api.handle(agent, () => true, limits)
    ),
    options.socket
  )
  if (options.port === undefined) return { port: undefined, token }
  const allows: Parameters<typeof Api.handle>[1] = ({ headers }) => Token.fits(token, headers.authorization)
  return { port: yield* Listen.port(Http.server(limits, Api.handle(agent, allows, limits)), options.port), token }
})

/** Tries the loop until it ends. What fails before it ever answered, other than by a full disk, fails the agent. */
const live = (working: Working, ready: () => void): Effect.Effect<void, Failure> => {
  let answered = false
  const began = () => {
    answered = true
    ready()
  }
  const again: Effect.Effect<void, Failure> = Effect.suspend(() =>
    Effect.catch(Effect.scoped(life(working, began)), (error) =>
      answered || (error instanceof JournalError && error.reason === "Unwritable")
        ? Effect.andThen(standby(working, error, began), again)
        : Effect.fail(error)
    )
  )
  return again
}

type Failure = AgentError | JournalError | LearnerError | MeterError | SamplesError

/** One try: goes on where the journal stopped. */
const life = Effect.fnUntraced(function* (working: Working, began: () => void) {
  const { options, learner, meter, inbox, arrivals, monitor, desk, tapes, header } = working
  const previous = yield* opening(() => Recorder.last(tapes))
  yield* adopt(working, previous)
  const recorder = yield* (options.recorder ?? Recorder.open)({
    folder: tapes,
    header,
    policy: monitor.guarded,
    state: monitor.state,
    onEntry: (entry) => Desk.entered(desk, entry),
    onSnapshot: ({ waiting, recent, probe }) =>
      inbox.forget(Math.min(arrivals.nextBatch(), ...waiting.slice(0, 1), ...recent, ...probe)),
    ...(options.journal === undefined ? {} : { limits: options.journal })
  })
  const { resumed } = recorder
  const from = resumed === undefined ? previous?.state.waiting[0] : undefined
  arrivals.from(from ?? ((resumed ?? previous?.state)?.recent.at(-1) ?? -1) + 1)
  monitor.resume(resumed?.policy ?? monitor.guarded.initial)
  const start: (typeof arrivals.samples)["start"] = (at, taken) =>
    Effect.tap(arrivals.samples.start(at, taken), () =>
      Effect.sync(() => {
        Desk.begin(desk, resumed)
        began()
      })
    )
  yield* Loop.run(monitor.watched).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.succeed(Learner, learner),
        Layer.succeed(EnergyMeter, meter),
        Layer.succeed(Samples, { ...arrivals.samples, start }),
        Layer.succeed(Scorer, arrivals.scorer),
        Layer.succeed(Journal, recorder.journal)
      )
    )
  )
})

/** The learner has what an earlier run of the same model left, or the model as it is deployed; also where no loop can run. */
const adopt = Effect.fnUntraced(function* (working: Working, previous: Recorder.Last | undefined) {
  const { learner, models, options, header } = working
  if (previous?.header.model === header.model) return yield* learner.restore(previous.state.checkpoint)
  yield* opening(() => Subject.install(options.subject, models))
  yield* learner.restore(options.subject.initial.checkpoint)
})

/** Answers with the model that serves, and waits. */
const standby = Effect.fnUntraced(function* (working: Working, error: { readonly message: string }, ready: () => void) {
  const { arrivals, desk, learner, options } = working
  options.log(`Nothing is learnt for now: ${error.message}`)
  arrivals.abandon()
  Desk.rest(desk)
  ready()
  const until = performance.now() + (options.pause ?? 5) * 1000
  while (performance.now() < until) {
    const asked = arrivals.take()
    if (asked === undefined) yield* Effect.sleep("10 millis")
    else
      yield* Effect.matchEffect(learner.predict(asked.input), {
        onFailure: () => Effect.sync(() => asked.answer(undefined)),
        onSuccess: ({ value }) => Effect.sync(() => asked.answer(value))
      })
  }
})

/** Signs of life, as long as the loop asks for what arrives, or has nothing to do. */
const watchdog = (notify: Notify, desk: Desk.Desk, arrivals: Arrivals.Arrivals) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const isAlive = () => !desk.isLearning || arrivals.idle() || performance.now() - arrivals.lastAsked() < stuck
      return notify.every === undefined
        ? undefined
        : setInterval(() => isAlive() && notify.send("WATCHDOG=1"), notify.every)
    }),
    (timer) => Effect.sync(() => clearInterval(timer))
  )

/** A step, or the start or end of a round, that takes longer (ms) is taken for one that never ends. */
const stuck = 120_000

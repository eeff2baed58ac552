/**
 * Runs a policy against the world: the services say what happens, the policy what to do.
 *
 * One fiber. At each turn, in this order: a round that was asked for begins; a timer that is due fires; an arrival that
 * is due is taken in, so requests are answered between the steps of a round; the running round makes one step. The
 * consequences of a decision are observed at once, before anything else arrives. The run ends with the stream.
 */
import { Effect, Exit, Option, Scope } from "effect"
import * as Decision from "./Decision.ts"
import type { MeterError } from "./EnergyMeter.ts"
import * as Examples from "./Examples.ts"
import * as Books from "./internal/Books.ts"
import type { Entry, JournalError, Snapshot } from "./Journal.ts"
import { Journal } from "./Journal.ts"
import type { LearnerError, Round } from "./Learner.ts"
import { Learner } from "./Learner.ts"
import * as Ledger from "./Ledger.ts"
import type { Observation } from "./Observation.ts"
import type { Policy } from "./Policy.ts"
import * as Recipe from "./Recipe.ts"
import type { Arrival, SamplesError } from "./Samples.ts"
import { Samples } from "./Samples.ts"
import { Scorer } from "./Scorer.ts"
import type { Seconds } from "./Units.ts"
import { seconds } from "./Units.ts"

export interface Options {
  /** Validation samples of this many newest batches are in use. */
  readonly validationBatches: number
  /** A probe holds the samples of this many newest batches. */
  readonly probeBatches: number
  /** The learner is saved whenever the fast head has learnt so many batches and no round runs. */
  readonly adaptationsPerSave: number
}

export const defaults: Options = { validationBatches: 16, probeBatches: 4, adaptationsPerSave: 16 }

type Failure = LearnerError | MeterError | SamplesError | JournalError

/** A round in progress, and the books as they stood before it. */
interface Running {
  readonly round: Round
  readonly scope: Scope.Closeable
  readonly batches: number
  readonly seconds: Seconds
  readonly iterations: number
  stepsLeft: number
}

type State = { -readonly [K in keyof Omit<Snapshot, "at" | "costs" | "pending">]: Snapshot[K] }

const initial = (policy: Policy, units: number): State => ({
  arrivals: 0,
  policy: policy.initial,
  waiting: [],
  recent: [],
  probe: [],
  adapted: -1,
  watch: "nothing",
  recipe: {},
  frozen: Array.from({ length: units }, () => false),
  timers: [],
  wantsRound: false,
  rounds: 0,
  iterations: 0,
  checkpoint: ""
})

/** Without what the books keep. */
const stateOf = (snapshot: Snapshot): State => {
  const { at: _at, costs: _costs, pending: _pending, ...state } = snapshot
  return state
}

/** Runs to the end of the stream, or on from where the journal stopped. A policy that throws is a defect. */
export const run = Effect.fnUntraced(function* (policy: Policy, options: Options = defaults) {
  const learner = yield* Learner
  const samples = yield* Samples
  const scorer = yield* Scorer
  const journal = yield* Journal
  const runScope = yield* Effect.scope

  const resumed = Option.getOrUndefined(yield* journal.resume)
  const state = resumed === undefined ? initial(policy, learner.units.length) : stateOf(resumed)
  if (resumed === undefined) state.checkpoint = (yield* learner.save).value
  else yield* learner.restore(state.checkpoint)
  yield* learner.freeze(state.frozen)
  yield* learner.recipe(state.recipe)
  if (state.watch !== "nothing") yield* learner.watch(state.watch)
  const books = yield* Books.open(resumed?.at ?? seconds(0), resumed?.costs ?? Ledger.empty, resumed?.pending)
  yield* samples.start(books.now(), state.arrivals)
  let running: Running | undefined
  let probe: Examples.Examples | undefined
  let unsaved = 0
  /** Counts models that have served. */
  let version = 0

  const react: (observation: Observation, score?: Entry["score"]) => Effect.Effect<void, Failure> = Effect.fnUntraced(
    function* (observation, score) {
      const before = books.now()
      const [next, decision] = policy.decide(state.policy, observation)
      state.policy = next
      books.charge(Ledger.cost("policy", books.now() - before))
      yield* books.write(observation, decision, score)
      for (const part of Decision.parts(decision)) yield* perform(part)
    }
  )

  const perform = Effect.fnUntraced(function* (decision: Decision.Single) {
    switch (decision._tag) {
      case "Wait":
        return
      case "Train":
        state.wantsRound ||= state.waiting.length > 0
        return
      case "StopRound":
        if (running !== undefined) running.stepsLeft = 0
        return
      case "WakeAt":
        state.timers = [...new Set([...state.timers, decision.at])].toSorted((a, b) => a - b)
        return
      case "Freeze":
        state.frozen = learner.units.map((_, unit) => unit < learner.units.length - 1 && decision.units[unit] === true)
        return yield* learner.freeze(state.frozen)
      case "Watch":
        state.watch = decision.what
        return yield* learner.watch(decision.what)
      case "Recipe":
        state.recipe = Recipe.merge(state.recipe, decision.recipe)
        return yield* learner.recipe(state.recipe)
      case "Probe":
        return yield* measureProbe(decision.renew)
      case "Compare":
        return yield* compare
      case "Validate":
        return yield* validate
      case "Pretest":
        return yield* pretest
      case "Adapt":
        return yield* adapt
    }
  })

  const collect = (ids: ReadonlyArray<number>, part: "train" | "validation") =>
    Effect.map(Effect.forEach(ids, samples.batch), (batches) =>
      Examples.concat(
        batches.map((batch) => batch[part]),
        samples.shape
      )
    )

  const measureProbe = Effect.fnUntraced(function* (renew: boolean) {
    if (renew || state.probe.length === 0) {
      state.probe = state.recent.slice(-options.probeBatches)
      probe = undefined
    }
    probe ??= yield* collect(state.probe, "train")
    if (probe.count === 0) return
    const similarity = yield* books.tune(learner.probe(probe))
    yield* react({ _tag: "Probed", at: books.now(), similarity })
  })

  const compare = Effect.gen(function* () {
    const newest = yield* collect(state.recent.slice(-1), "train")
    if (newest.count === 0) return
    const distance = yield* books.tune(learner.compare(newest))
    yield* react({ _tag: "Compared", at: books.now(), distance })
  })

  const validate = Effect.gen(function* () {
    const held = Examples.labelled(yield* collect(state.recent.slice(-options.validationBatches), "validation"))
    const result = yield* books.tune(learner.validate(held))
    yield* react({ _tag: "Validated", at: books.now(), samples: held.count, ...result })
  })

  const pretest = Effect.gen(function* () {
    const batch = state.waiting.at(-1)
    if (batch === undefined) return
    const fresh = Examples.labelled((yield* samples.batch(batch)).train)
    if (fresh.count === 0) return
    const { accuracy, loss } = yield* books.tune(learner.validate(fresh))
    yield* react({ _tag: "Pretested", at: books.now(), batch, samples: fresh.count, accuracy, loss })
  })

  const adapt = Effect.gen(function* () {
    const batch = state.recent.at(-1)
    if (batch === undefined || batch === state.adapted) return
    const fresh = Examples.labelled((yield* samples.batch(batch)).train)
    if (fresh.count === 0) return
    const accuracy = yield* books.tune(learner.adapt(fresh))
    state.adapted = batch
    unsaved += 1
    version += 1
    yield* react({ _tag: "Adapted", at: books.now(), batch, samples: fresh.count, accuracy })
  })

  /** What the fast head learnt should outlive a power cut, even if no round ever runs. */
  const saveHead = Effect.gen(function* () {
    state.checkpoint = yield* books.tune(learner.save)
    unsaved = 0
    yield* snapshot
  })

  const begin = Effect.gen(function* () {
    const batches = state.waiting.length
    const learnt = yield* collect(state.waiting, "train")
    const before = {
      seconds: Ledger.total(books.ledger(), Ledger.fineTuning),
      iterations: state.iterations
    }
    books.openBill()
    const scope = yield* Scope.fork(runScope)
    const round = yield* Scope.provide(books.tune(learner.begin(learnt)), scope)
    state.waiting = []
    state.wantsRound = false
    state.rounds += 1
    running = { round, scope, batches, ...before, stepsLeft: round.steps }
    yield* react({ _tag: "RoundStarted", at: books.now(), round: state.rounds, batches, samples: learnt.count })
  })

  const step = Effect.fnUntraced(function* (active: Running) {
    const stepped = yield* books.tune(active.round.step)
    active.stepsLeft -= 1
    state.iterations += 1
    yield* react({
      _tag: "StepFinished",
      at: books.now(),
      round: state.rounds,
      iteration: state.iterations,
      ...stepped
    })
  })

  const finish = Effect.fnUntraced(function* (active: Running) {
    state.checkpoint = yield* books.tune(active.round.finish)
    yield* Scope.close(active.scope, Exit.void)
    running = undefined
    unsaved = 0
    version += 1
    yield* react({
      _tag: "RoundFinished",
      at: books.now(),
      round: state.rounds,
      batches: active.batches,
      iterations: state.iterations - active.iterations,
      seconds: seconds(Ledger.total(books.ledger(), Ledger.fineTuning) - active.seconds),
      joules: books.bill()
    })
    yield* snapshot
  })

  const snapshot = Effect.suspend(() => journal.snapshot({ ...state, ...books.state() }))

  const take = Effect.fnUntraced(function* (arrival: Arrival) {
    state.arrivals += 1
    switch (arrival._tag) {
      case "Scenario":
        return yield* react({ _tag: "ScenarioChanged", at: books.now(), source: "oracle" })
      case "Batch":
        state.waiting = [...state.waiting, arrival.id]
        state.recent = [...state.recent, arrival.id].slice(-Math.max(options.validationBatches, options.probeBatches))
        return yield* react({ _tag: "BatchArrived", at: books.now(), batch: arrival.id, samples: arrival.samples })
      case "Request":
        return yield* answer(arrival)
    }
  })

  const answer = Effect.fnUntraced(function* ({ id: request, at: arrivedAt }: Arrival) {
    const input = yield* samples.request(request)
    const prediction = yield* books.spend(learner.predict(input))
    const at = books.now()
    const score = yield* scorer.score(request, prediction, version)
    const energy = prediction.energy[0] ?? NaN
    const confidence = prediction.confidence[0] ?? NaN
    yield* react({ _tag: "RequestServed", at, request, arrivedAt, energy, confidence }, score)
  })

  const fire = Effect.suspend(() => {
    state.timers = state.timers.slice(1)
    return react({ _tag: "TimerFired", at: books.now() })
  })

  /** One turn; false when the run is over. */
  const turn = Effect.gen(function* () {
    if (state.wantsRound && running === undefined) yield* begin
    else if (unsaved >= options.adaptationsPerSave && running === undefined) yield* saveHead
    const before = books.now()
    const timer = state.timers[0]
    if (timer !== undefined && timer <= before) {
      yield* fire
      return true
    }
    const arrival = yield* samples.next(running === undefined ? seconds(timer ?? Infinity) : before)
    if (running === undefined) books.charge(Ledger.cost("idle", books.now() - before))
    if (arrival._tag !== "Nothing" && arrival._tag !== "Ended") yield* take(arrival)
    else if (running !== undefined) yield* running.stepsLeft > 0 ? step(running) : finish(running)
    else if (arrival._tag === "Nothing") yield* fire // also where the clock, which counts ns, cannot show its time
    else return false
    return true
  })

  if (resumed === undefined) {
    yield* react({ _tag: "Started", at: books.now(), units: learner.units.length })
    yield* snapshot
  }
  let going = true
  while (going) going = yield* turn
}, Effect.scoped)

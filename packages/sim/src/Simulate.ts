/**
 * Runs a policy through a simulated world: a plain function with the semantics of core's `Loop`, event by event and to
 * the bit. No effect, no fiber, no clock but a number; what happens is written to whoever asks for it and not kept.
 *
 * Assumes that time passes only as the cost model says: deciding and keeping the books are free.
 */
import * as Decision from "@edgeol/core/Decision"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import type { Entry } from "@edgeol/core/Journal"
import { defaults, type Options } from "@edgeol/core/Loop"
import type { Observation } from "@edgeol/core/Observation"
import type { Policy } from "@edgeol/core/Policy"
import * as Recipe from "@edgeol/core/Recipe"
import * as Summary from "@edgeol/core/Summary"
import { joules, type Seconds, seconds } from "@edgeol/core/Units"
import * as CostModel from "./CostModel.ts"
import * as Accounts from "./internal/Accounts.ts"
import { place } from "./internal/Accounts.ts"
import * as Minibatches from "./internal/Minibatches.ts"
import { type Answer, type Batch, distance, type SimLearner } from "./SimLearner.ts"
import * as Timeline from "./Timeline.ts"

/** What policies meet. A timeline and a learner are used up by a run. */
export interface World {
  readonly timeline: Timeline.Timeline
  readonly learner: SimLearner
  readonly costs: CostModel.CostModel
  /** Whether a round starts a process of its own. */
  readonly cold: boolean
  /** Samples of an optimiser step. */
  readonly batchSize: number
  readonly energy: Accounts.Energy
  readonly pace?: Accounts.Pace
  readonly options?: Options
}

export interface Simulated {
  readonly summary: Summary.Summary
  /** What the summary is made from. */
  readonly tally: Summary.Tally
  /** Of the tape: equal where every observation and decision is. */
  readonly fingerprint: string
}

/** Runs to the end of the timeline; `record` is handed the lines of the tape as they are written. */
export const run = (policy: Policy, world: World, record?: (entry: Entry) => void): Simulated => {
  const run = new Run(policy, world, record)
  run.toEnd()
  const { tally } = run.books
  return { summary: Summary.summary(tally), tally, fingerprint: run.fingerprint.value() }
}

/** A round in progress, and the books as they stood before it. */
interface Running {
  readonly batches: number
  readonly seconds: number
  readonly iterations: number
  readonly minibatches: Minibatches.Minibatches
  stepsLeft: number
}

/** The state of core's loop, with the same names. */
class Run {
  readonly books: Accounts.Accounts
  readonly fingerprint = Fingerprint.make()
  readonly #answer: Answer = { energy: 0, confidence: 0, accuracy: 0, correct: false }
  readonly #options: Options
  #state: unknown
  #waiting: Array<Batch> = []
  #recent: Array<Batch> = []
  #probe: ReadonlyArray<Batch> = []
  #frozen: ReadonlyArray<boolean>
  #watch: Decision.Watched = "nothing"
  #recipe: Recipe.Recipe = {}
  #timers: Array<Seconds> = []
  #adapted = -1
  #unsaved = 0
  #wantsRound = false
  #rounds = 0
  #iterations = 0
  #running: Running | undefined
  /** Whether the timeline stands at an arrival that was not taken yet. */
  #ahead: boolean

  readonly policy: Policy
  readonly world: World
  readonly record: ((entry: Entry) => void) | undefined

  constructor(policy: Policy, world: World, record: ((entry: Entry) => void) | undefined) {
    this.policy = policy
    this.world = world
    this.record = record
    this.books = Accounts.open(world.energy, world.pace)
    this.#options = world.options ?? defaults
    this.#state = policy.initial
    this.#frozen = Array.from({ length: world.learner.units }, () => false)
    this.#ahead = world.timeline.next()
  }

  toEnd() {
    this.world.learner.freeze(this.#frozen)
    this.world.learner.recipe(this.#recipe)
    this.#react({ _tag: "Started", at: this.books.now(), units: this.world.learner.units })
    while (this.#turn());
  }

  /** One turn; false when the run is over. */
  #turn(): boolean {
    if (this.#wantsRound && this.#running === undefined) this.#begin()
    else if (this.#unsaved >= this.#options.adaptationsPerSave && this.#running === undefined) this.#saveHead()
    const before = this.books.now()
    const timer = this.#timers[0]
    if (timer !== undefined && timer <= before) return this.#fire()
    const { timeline } = this.world
    if (this.#running !== undefined) {
      if (this.#ahead && timeline.at <= before) this.#take(timeline.at)
      else if (this.#running.stepsLeft > 0) this.#step(this.#running)
      else this.#finish(this.#running)
      return true
    }
    if (!this.#ahead) return false
    if (timer !== undefined && timeline.at > timer) {
      this.#idle(before, timer)
      return this.#fire()
    }
    this.#idle(before, timeline.at)
    this.#take(timeline.at)
    return true
  }

  #idle(before: number, until: number) {
    this.books.wait(until)
    this.books.charge(place.idle, this.books.now() - before)
  }

  #react(observation: Observation, answer?: Answer) {
    const [next, decision] = this.policy.decide(this.#state, observation)
    this.#state = next
    this.books.charge(place.policy, 0)
    this.books.write()
    this.fingerprint.add(observation, decision)
    if (this.record !== undefined) this.#write(this.record, observation, decision, answer)
    if (decision._tag === "Wait") return
    for (const part of Decision.parts(decision)) this.#perform(part)
  }

  #write(
    record: (entry: Entry) => void,
    observation: Observation,
    decision: Decision.Decision,
    answer: Answer | undefined
  ) {
    const entry = { observation, decision, ...this.books.line() }
    record(answer === undefined ? entry : { ...entry, score: { accuracy: answer.accuracy, correct: answer.correct } })
  }

  #perform(decision: Decision.Single) {
    switch (decision._tag) {
      case "Wait":
        return
      case "Train":
        this.#wantsRound ||= this.#waiting.length > 0
        return
      case "StopRound":
        if (this.#running !== undefined) this.#running.stepsLeft = 0
        return
      case "WakeAt":
        this.#timers = [...new Set([...this.#timers, decision.at])].toSorted((a, b) => a - b)
        return
      case "Freeze": {
        const head = this.world.learner.units - 1
        this.#frozen = Array.from({ length: head + 1 }, (_, unit) => unit < head && decision.units[unit] === true)
        return this.world.learner.freeze(this.#frozen)
      }
      case "Watch":
        this.#watch = decision.what
        return
      case "Recipe":
        this.#recipe = Recipe.merge(this.#recipe, decision.recipe)
        return this.world.learner.recipe(this.#recipe)
      case "Probe":
        return this.#measureProbe(decision.renew)
      case "Compare":
        return this.#compare()
      case "Validate":
        return this.#validate()
      case "Pretest":
        return this.#pretest()
      case "Adapt":
        return this.#adapt()
    }
  }

  #measureProbe(renew: boolean) {
    if (renew || this.#probe.length === 0) this.#probe = this.#recent.slice(-this.#options.probeBatches)
    const count = samplesOf(this.#probe)
    if (count === 0) return
    const { learner, costs } = this.world
    this.books.tune()
    const similarity = learner.probe(this.#probe)
    this.books.spend(place.probe, CostModel.seconds(costs.probe, count))
    this.books.tuned()
    this.#react({ _tag: "Probed", at: this.books.now(), similarity })
  }

  #compare() {
    const newest = this.#recent.at(-1)
    if (newest === undefined || newest.samples === 0) return
    const { learner, costs } = this.world
    this.books.tune()
    const apart = distance(learner, newest)
    this.books.spend(place.probe, CostModel.seconds(costs.probe, newest.samples))
    this.books.tuned()
    this.#react({ _tag: "Compared", at: this.books.now(), distance: apart })
  }

  #validate() {
    const { learner, costs } = this.world
    const held = this.#recent.slice(-this.#options.validationBatches)
    let samples = 0
    for (const batch of held) samples += batch.validation
    this.books.tune()
    const { accuracy, loss, energyMean, energyDeviation } = learner.validate(held)
    this.books.spend(place.validation, CostModel.seconds(costs.validation, samples))
    this.books.tuned()
    const at = this.books.now()
    this.#react({ _tag: "Validated", at, samples, accuracy, loss, energyMean, energyDeviation })
  }

  #pretest() {
    const batch = this.#waiting.at(-1)
    if (batch === undefined) return
    const { learner, costs } = this.world
    this.books.tune()
    const { accuracy, loss } = learner.pretest(batch)
    this.books.spend(place.validation, CostModel.seconds(costs.validation, batch.samples))
    this.books.tuned()
    const at = this.books.now()
    this.#react({ _tag: "Pretested", at, batch: batch.id, samples: batch.samples, accuracy, loss })
  }

  #adapt() {
    const batch = this.#recent.at(-1)
    if (batch === undefined || batch.id === this.#adapted) return
    const { learner, costs } = this.world
    this.books.tune()
    const accuracy = learner.adapt(batch)
    this.books.spend(place.head, CostModel.seconds(costs.head ?? costs.validation, batch.samples))
    this.books.tuned()
    this.#adapted = batch.id
    this.#unsaved += 1
    this.#react({ _tag: "Adapted", at: this.books.now(), batch: batch.id, samples: batch.samples, accuracy })
  }

  #saveHead() {
    this.books.tune()
    this.books.spend(place.save, this.world.costs.save)
    this.books.tuned()
    this.#unsaved = 0
  }

  #begin() {
    const { learner, costs, cold, batchSize } = this.world
    const learnt = this.#waiting
    const samples = samplesOf(learnt)
    const before = { seconds: this.books.fineTuned(), iterations: this.#iterations }
    this.books.openBill()
    this.books.tune()
    const stepsLeft = learner.begin(learnt)
    const judged = Minibatches.judged(this.#recipe, samples)
    if (judged > 0) this.books.spend(place.validation, CostModel.seconds(costs.validation, judged))
    if (cold) {
      this.books.spend(place.startUp, costs.startUp)
      this.books.spend(place.load, costs.load)
    }
    this.books.tuned()
    this.#waiting = []
    this.#wantsRound = false
    this.#rounds += 1
    const minibatches = Minibatches.make(this.#recipe, batchSize, samples)
    this.#running = { batches: learnt.length, ...before, minibatches, stepsLeft }
    const at = this.books.now()
    this.#react({ _tag: "RoundStarted", at, round: this.#rounds, batches: learnt.length, samples })
  }

  #step(active: Running) {
    const { learner, costs } = this.world
    this.books.tune()
    const loss = learner.step()
    const { samples, cached, views } = active.minibatches
    const viewed = views(this.#frozen)
    const again = viewed === 0 ? 0 : CostModel.forward(costs, viewed, this.#frozen)
    const back = viewed === 0 ? 0 : CostModel.backward(costs, viewed, this.#frozen)
    this.books.spend(place.forward, CostModel.forward(costs, samples, this.#frozen, cached(this.#frozen)) + again)
    this.books.spend(place.backward, CostModel.backward(costs, samples, this.#frozen) + back)
    this.books.spend(place.optimiser, costs.optimiser)
    const units = this.#watch === "nothing" ? undefined : learner.watched?.(this.#watch)
    if (this.#watch !== "nothing") this.books.spend(place.probe, CostModel.watching(costs))
    this.books.tuned()
    active.stepsLeft -= 1
    this.#iterations += 1
    this.books.tally.iterations += 1
    const at = this.books.now()
    const stepped = { _tag: "StepFinished", at, round: this.#rounds, iteration: this.#iterations, loss } as const
    this.#react(units === undefined ? stepped : { ...stepped, units })
  }

  #finish(active: Running) {
    const { learner, costs } = this.world
    this.books.tune()
    learner.finish()
    this.books.spend(place.save, costs.save)
    this.books.tuned()
    this.#running = undefined
    this.#unsaved = 0
    this.books.tally.rounds += 1
    this.#react({
      _tag: "RoundFinished",
      at: this.books.now(),
      round: this.#rounds,
      batches: active.batches,
      iterations: this.#iterations - active.iterations,
      seconds: seconds(this.books.fineTuned() - active.seconds),
      joules: joules(this.books.bill())
    })
  }

  /** Takes the arrival that the timeline stands at, and moves it on. */
  #take(arrivedAt: number) {
    const { timeline } = this.world
    const { kind, id, samples, validation, scene } = timeline
    this.#ahead = timeline.next()
    switch (kind) {
      case Timeline.scenario:
        return this.#react({ _tag: "ScenarioChanged", at: this.books.now(), source: "oracle" })
      case Timeline.batch: {
        const batch: Batch = { id, samples, validation, scene }
        this.#waiting.push(batch)
        this.#recent.push(batch)
        const kept = Math.max(this.#options.validationBatches, this.#options.probeBatches)
        if (this.#recent.length > kept) this.#recent.shift()
        return this.#react({ _tag: "BatchArrived", at: this.books.now(), batch: id, samples })
      }
      case Timeline.request:
        return this.#serve(id, seconds(arrivedAt), scene)
    }
  }

  #serve(request: number, arrivedAt: Seconds, scene: number) {
    const { learner, costs } = this.world
    const answer = this.#answer
    learner.answer(request, scene, answer)
    this.books.spend(place.inference, CostModel.seconds(costs.inference, 1))
    const at = this.books.now()
    const { tally } = this.books
    tally.requests += 1
    tally.latencies.add(at - arrivedAt)
    tally.accuracy += answer.accuracy
    tally.correct += answer.correct ? 1 : 0
    // Engines answer in single precision.
    const energy = Math.fround(answer.energy)
    const confidence = Math.fround(answer.confidence)
    this.#react({ _tag: "RequestServed", at, request, arrivedAt, energy, confidence }, answer)
  }

  #fire(): boolean {
    this.#timers.shift()
    this.#react({ _tag: "TimerFired", at: this.books.now() })
    return true
  }
}

const samplesOf = (batches: ReadonlyArray<Batch>) => {
  let sum = 0
  for (const { samples } of batches) sum += samples
  return sum
}

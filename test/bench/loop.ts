/**
 * What deciding costs: a run's time outside its learner against its training steps, and pure steps of a policy.
 *
 * `overhead`: the demo's stream, learnt by the 6-convolution net in rounds of 8 steps of batch 32, by Loop with its
 * journal on disk, its ledger and EdgeOL's policy. A stopwatch around each operation of the learner tells them from all
 * the rest, so both sides of the ratio are of one run. `policyStepsPerSecond`: EdgeOL, the dearest built-in policy, over
 * a history with as many steps, requests and borders to a batch as the demo's.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as HeldOut from "@edgeol/cli/HeldOut"
import * as Tape from "@edgeol/cli/Tape"
import { EnergyMeter, modelled } from "@edgeol/core/EnergyMeter"
import { Journal } from "@edgeol/core/Journal"
import { Learner, type Round } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Loop from "@edgeol/core/Loop"
import type { Observation } from "@edgeol/core/Observation"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import { Scorer } from "@edgeol/core/Scorer"
import type { Arrival } from "@edgeol/core/Samples"
import { joules, seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import * as StreamSamples from "@edgeol/streams/StreamSamples"
import type { Scenario } from "../arbitraries/Scenario.ts"
import * as World from "../arbitraries/World.ts"
import { Clock, Effect, Layer } from "effect"

export interface Result {
  /** Seconds outside the learner for each second of training steps; reached at 0.02. */
  readonly overhead: number
  /** Reached at 5 million. */
  readonly policyStepsPerSecond: number
}

export const measure = async (): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-bench-"))
  try {
    const { watch, wall, entries } = await Effect.runPromise(Effect.scoped(train(folder)))
    const outside = wall - watch.others - watch.steps
    if (process.argv.includes("--verbose")) report(watch, outside, entries)
    const overhead = Number((outside / watch.steps).toFixed(4))
    return { overhead, policyStepsPerSecond: rate(Policies.parse("edgeol")) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Milliseconds in training steps, and in what else the learner and the scorer do. */
interface Watch {
  steps: number
  others: number
}

const train = Effect.fnUntraced(function* (folder: string) {
  const experiment = small((yield* Experiment.load("patterns/nic")).experiment)
  const stream = (yield* Catalog.open(experiment.stream, ""))(1)
  const feed = yield* Effect.fromResult(Feed.make(stream, experiment, 1))
  const learner = yield* TfjsLearner.make({
    model: { kind: "SixConv", classes: stream.classes.length },
    training: experiment.training,
    seed: 1,
    folder,
    rounds: "warm"
  })
  yield* learner.pretrain(feed.initial.train, 1)
  const policy = Policies.parse("edgeol:frequency.needMin=1,frequency.needMax=1")
  const watch: Watch = { steps: 0, others: 0 }
  const others = services(feed, learner, watch, yield* Clock.Clock)
  const journal = yield* Tape.open({ folder, header: header(policy, learner.units), resume: false })

  const began = performance.now()
  yield* Effect.provide(Loop.run(policy), Layer.merge(others, Layer.succeed(Journal, journal)))
  const wall = performance.now() - began
  const { entries } = yield* Tape.read(folder)
  return { watch, wall, entries: entries.length }
})

/** Six batches in each scenario: in a run of three seconds, compiling the loop once would be half of what is measured. */
const small = ({ batches, requests, training, ...rest }: Experiment.Experiment): Experiment.Experiment => ({
  ...rest,
  batches: { ...batches, perScenario: 6, samples: 32 },
  requests: { ...requests, perScenario: 30 },
  training: { ...training, batchSize: 32, epochs: 8 }
})

/** The world of a measured run, under a stopwatch; idle waits are skipped. */
const services = (feed: Feed.Feed, learner: Learner["Service"], watch: Watch, live: Clock.Clock) => {
  const virtual = VirtualClock.skippingIdle(live)
  const scorer = Layer.effect(
    Scorer,
    Effect.map(Scorer, ({ score }) => ({
      score: (request, prediction, version) => timed(watch, "others", score(request, prediction, version))
    }))
  ).pipe(Layer.provide(HeldOut.layer(feed, virtual.exclude)), Layer.provide(Layer.succeed(Learner, learner)))
  const meter = modelled("10 W", (ledger) => joules(10 * Ledger.total(ledger)))
  return Layer.mergeAll(
    Layer.succeed(Learner, watched(learner, watch)),
    scorer,
    Layer.succeed(EnergyMeter, meter),
    StreamSamples.layer(feed)
  ).pipe(Layer.provideMerge(Layer.succeed(Clock.Clock, virtual)))
}

const timed = <A, E, R>(watch: Watch, part: keyof Watch, operation: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.ensuring(
      operation,
      Effect.sync(() => void (watch[part] += performance.now() - began))
    )
  })

const watched = (learner: Learner["Service"], watch: Watch): Learner["Service"] => ({
  units: learner.units,
  predict: (inputs) => timed(watch, "others", learner.predict(inputs)),
  adapt: (samples) => timed(watch, "others", learner.adapt(samples)),
  begin: (samples) =>
    Effect.map(timed(watch, "others", learner.begin(samples)), ({ value, costs }) => ({
      value: watchedRound(value, watch),
      costs
    })),
  freeze: (units) => timed(watch, "others", learner.freeze(units)),
  recipe: (recipe) => timed(watch, "others", learner.recipe(recipe)),
  watch: (what) => timed(watch, "others", learner.watch(what)),
  compare: (samples) => timed(watch, "others", learner.compare(samples)),
  probe: (probe) => timed(watch, "others", learner.probe(probe)),
  validate: (samples) => timed(watch, "others", learner.validate(samples)),
  save: timed(watch, "others", learner.save),
  restore: (checkpoint) => timed(watch, "others", learner.restore(checkpoint))
})

const watchedRound = (round: Round, watch: Watch): Round => ({
  steps: round.steps,
  step: timed(watch, "steps", round.step),
  finish: timed(watch, "others", round.finish)
})

const header = (policy: Policy, units: ReadonlyArray<string>) =>
  ({
    format: "edgeol-tape@1",
    experiment: {},
    stream: "patterns/nic",
    policy: { name: policy.name, config: {} },
    seed: 1,
    rounds: "warm",
    clock: "measured",
    meter: { kind: "modelled", source: "10 W" },
    units,
    scenarios: [],
    versions: {}
  }) as const

/** Steps a second of the quickest pass: a pass is so short that other processes seldom interrupt it. */
const rate = (policy: Policy): number => {
  let quickest = Infinity
  for (let pass = 0; pass < 2000; pass++) {
    const began = performance.now()
    let state = policy.initial
    for (const observation of history) state = policy.decide(state, observation)[0]
    quickest = Math.min(quickest, performance.now() - began)
  }
  return Math.round((history.length / quickest) * 1000)
}

/** Four scenarios of 10 batches, 8 steps for each, and 50 requests. */
const scenario: Scenario = {
  units: 7,
  arrivals: Array.from({ length: 4 * 61 }, (_, i): Arrival => {
    const [part, place] = [Math.floor(i / 61), (i % 61) - 1]
    const at = seconds(5 * part + Math.max(0, place) / 12)
    if (place < 0) return { _tag: "Scenario", at, id: part + 1, name: `${part}` }
    const batches = 10 * part + Math.floor(place / 6)
    if (place % 6 === 5) return { _tag: "Batch", at, id: batches, samples: 8 }
    return { _tag: "Request", at, id: 60 * part + place - batches }
  }),
  costs: {
    startUp: 5,
    load: 5,
    forward: 4,
    backward: 8,
    optimiser: 1,
    probe: 5,
    validation: 5,
    head: 5,
    save: 5,
    inference: 2
  },
  nanEvery: 0,
  budget: 0
}

const history: ReadonlyArray<Observation> = World.run(Policies.parse("edgeol"), scenario).tape.map(
  ({ observation }) => observation
)

const report = (watch: Watch, outside: number, entries: number): void => {
  console.error(`steps ${watch.steps.toFixed(0)} ms, learner and scorer besides ${watch.others.toFixed(0)} ms`)
  console.error(
    `outside ${outside.toFixed(0)} ms, ${((outside * 1000) / entries).toFixed(0)} us for each line of the tape`
  )
  for (const name of ["immediate", "periodic:4", "prefix:2", "frequency", "freeze", "edgeol"]) {
    console.error(
      `${name}: ${(rate(Policies.parse(name)) / 1e6).toFixed(1)} M steps/s over ${history.length} observations`
    )
  }
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}

/** One run of a policy: a stream, a learner, a clock and a meter, put together and recorded in a folder. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import { EnergyMeter } from "@edgeol/core/EnergyMeter"
import type { Entry } from "@edgeol/core/Journal"
import { Journal } from "@edgeol/core/Journal"
import { Learner } from "@edgeol/core/Learner"
import * as Loop from "@edgeol/core/Loop"
import type { Policy } from "@edgeol/core/Policy"
import * as Summary from "@edgeol/core/Summary"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Emulated from "@edgeol/sim/Emulated"
import * as Equipment from "@edgeol/sim/Equipment"
import type * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Timeline from "@edgeol/sim/Timeline"
import type { Experiment } from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import type { Stream } from "@edgeol/streams/Stream"
import * as StreamSamples from "@edgeol/streams/StreamSamples"
import { Clock, Console, Effect, Layer, Schema } from "effect"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"
import * as HeldOut from "./HeldOut.ts"
import * as Initial from "./Initial.ts"
import * as Meters from "./Meters.ts"
import * as Sealed from "./Sealed.ts"
import type * as Subject from "./Subject.ts"
import * as Tape from "./Tape.ts"
import * as Versions from "./Versions.ts"

/** What all runs of a comparison share. */
export interface World {
  /** The experiment's. */
  readonly name: string
  readonly experiment: Experiment
  /** What arrives in place of the experiment's own batches and requests, and what its device has to spend. */
  readonly scenario?: Omit<Subject.Scenario, "_tag">
  readonly stream: (seed: number) => Stream
  /** Folder of the data sets. */
  readonly data: string
  readonly rounds: "warm" | "cold"
  readonly clock: "measured" | "modelled" | "real"
  /** Whether a cold round's process starts on the modelled clock too: what is learnt is the same to the bit. */
  readonly processes: boolean
  readonly power: PowerModel.PowerModel
  /** What the modelled clock takes a device's own seconds for; without it, they are of the computer where costs were recorded. */
  readonly workload?: Equipment.Workload
  readonly threads: number
  /** Where the file system of the board is that the real clock's meter reads; `/` without it. */
  readonly root?: string
}

export interface Run {
  readonly policy: Policy
  readonly seed: number
  readonly folder: string
  /** Where the initial model of this seed is kept, for all policies. */
  readonly initial: string
  /** Goes on where the run in the folder stopped, if there is one. */
  readonly resume: boolean
  readonly onEntry?: ((entry: Entry) => void) | undefined
  /** Scores requests in place of `HeldOut`. */
  readonly scorer?: typeof HeldOut.layer
}

export interface Result {
  readonly tape: Tape.Tape
  readonly summary: Summary.Summary
  /** SHA-256 of the final weights. */
  readonly weights: string
}

/** Runs to the end. What was recorded stays in the folder. */
export const run = Effect.fnUntraced(function* (world: World, asked: Run) {
  const { seed, folder, initial, resume, onEntry } = asked
  const feed = yield* Effect.fromResult(feedOf(world, seed))
  const device = deviceOf(world)
  const policy = Equipment.within(asked.policy, device)
  const checkpoints = join(folder, "checkpoints")
  const ended = Tape.ended(folder)
  const isThere = resume && Tape.canGoOn(folder)
  const isOver = isThere && existsSync(ended)
  const goesOn = isThere && (isOver || !hasState(world, device))
  if (isThere && !goesOn) yield* startOver(folder, (header) => describe(world, feed, policy, header))
  if (!goesOn) yield* clear(folder, checkpoints)
  const learner = yield* TfjsLearner.make(yield* Initial.options(world, feed, checkpoints))
  const had = goesOn && world.clock === "real" ? (yield* Tape.readHeader(folder)).meter : undefined
  const meter = isOver ? Meters.model(world) : yield* Meters.choose(world, had)
  const { kind, source } = isOver && had !== undefined ? had : meter
  const header = yield* describe(world, feed, policy, { units: learner.units, meter: { kind, source } })
  const go = Effect.gen(function* () {
    const journal = yield* Tape.open({ folder, header, resume: goesOn, onEntry })
    if (!goesOn) yield* Initial.adopt(learner, world, feed, initial, checkpoints)
    const others = yield* services(world, feed, learner, meter, asked.scorer ?? HeldOut.layer)
    yield* Loop.run(policy).pipe(Effect.provide(Layer.merge(others, Layer.succeed(Journal, journal))))
  })
  if (isOver) yield* Tape.check(folder, header)
  else {
    yield* Effect.scoped(go)
    const weights = yield* learner.digest
    yield* Files.change(folder, () => Files.replace(ended, Sealed.seal(JSON.stringify({ weights }))))
  }
  return yield* result(folder, ended)
}, Effect.scoped)

/** All that will arrive. */
const feedOf = ({ stream, experiment, scenario }: World, seed: number) =>
  scenario === undefined
    ? Feed.make(stream(seed), experiment, seed)
    : Feed.ofScenario(stream(seed), scenario.scenario, experiment, seed, scenario.traces)

/** The one device that runs. */
const deviceOf = ({ scenario, power }: World): Equipment.Kind =>
  Equipment.kinds(scenario?.scenario ?? {}, power.name)[0]!

/** Whether the device is followed by more than its seconds; a measured one is what it is. */
const hasState = ({ clock, scenario }: World, device: Equipment.Kind): boolean =>
  clock === "modelled" && scenario !== undefined && Equipment.hasState(scenario.scenario, device)

/** How warm a device is, and what its battery has left, is not kept: its run repeats to the bit from the beginning. */
const startOver = Effect.fnUntraced(function* <E, R>(
  folder: string,
  describe: (header: Tape.Header) => Effect.Effect<Tape.Header, E, R>
) {
  yield* Tape.check(folder, yield* describe(yield* Tape.readHeader(folder)))
  yield* Console.error(`The run in ${folder} starts over, as the state of its device is not kept: it will be the same.`)
})

/** A run that has ended, from its folder. */
export const recorded = (folder: string) => result(folder, Tape.ended(folder))

/** What a run that has ended left behind. */
const result = Effect.fnUntraced(function* (folder: string, ended: string) {
  const tape = yield* Tape.read(folder)
  const { weights } = yield* Effect.try({
    try: () => decodeEnd(Sealed.open(readFileSync(ended, "utf8"))),
    catch: () => new CliError({ message: `${ended} is damaged; remove it and resume the run.` })
  })
  return { tape, summary: Summary.summarise(tape.entries), weights } satisfies Result
})

const decodeEnd = Schema.decodeUnknownSync(Schema.Struct({ weights: Schema.String }))

/** Everything but the journal, on the clock of the world. */
const services = Effect.fnUntraced(function* (
  world: World,
  feed: Feed.Feed,
  learner: Learner["Service"],
  meter: EnergyMeter["Service"],
  scorer: typeof HeldOut.layer
) {
  const live = yield* Clock.Clock
  const virtual = world.clock === "modelled" ? VirtualClock.make() : VirtualClock.skippingIdle(live)
  const clock = Layer.succeed(Clock.Clock, world.clock === "real" ? live : virtual)
  const real = Layer.merge(Layer.succeed(Learner, learner), StreamSamples.layer(feed))
  return Layer.merge(
    world.clock === "modelled"
      ? Layer.provide(emulated(world, feed.seed), real)
      : Layer.merge(real, Layer.succeed(EnergyMeter, meter)),
    Layer.provide(scorer(feed, virtual.exclude), real)
  ).pipe(Layer.provideMerge(clock))
})

/** A device without a state has no pace either, and can be resumed. */
const emulated = (world: World, seed: number) => {
  const { experiment, rounds, scenario, power, workload } = world
  const device = deviceOf(world)
  return Emulated.layer({
    costs: workload === undefined ? CostModel.load(experiment.model.kind) : Equipment.costs(power.name, workload),
    cold: rounds === "cold",
    batchSize: experiment.training.batchSize,
    source: power.name,
    ...(hasState(world, device) ? Equipment.state(scenario!.scenario, device, seed, workload) : Equipment.plain(power))
  })
}

const describe = Effect.fnUntraced(function* (
  { name, experiment, scenario, rounds, clock, workload, threads }: World,
  { seed, timeline }: Feed.Feed,
  policy: Policy,
  { units, meter }: Pick<Tape.Header, "units" | "meter">
) {
  return {
    format: "edgeol-tape@1",
    experiment,
    stream: name,
    ...(scenario === undefined ? {} : { scenario: described(scenario) }),
    policy: { name: policy.name, config: policy.config },
    seed,
    rounds,
    clock,
    ...(workload === undefined ? {} : { costs: "device" }),
    meter,
    units,
    scenarios: timeline.flatMap((arrival) => (arrival._tag === "Scenario" ? [arrival.name] : [])),
    versions: yield* Versions.all(threads)
  } as Tape.Header
})

const described = ({ source, scenario, traces }: NonNullable<World["scenario"]>) => ({
  source,
  document: scenario,
  traces: Object.fromEntries(Array.from(traces, ([file, times]) => [file, Array.from(times)]))
})

/** Removes what an earlier start left that went nowhere. Files that are not ours stay. */
const clear = (folder: string, checkpoints: string) =>
  Files.change(folder, () => {
    Files.folder(checkpoints)
    rmSync(Tape.ended(folder), { force: true })
    for (const file of readdirSync(checkpoints)) {
      if (/^(checkpoint-\d+|reference)(\.head|\.samples)?\.safetensors/.test(file)) rmSync(join(checkpoints, file))
    }
  })

/** Batches and requests of one run. */
export const length = ({ experiment, stream, scenario }: World, seed = 1): number => {
  if (scenario === undefined) {
    return (stream(seed).scenarios.length - 1) * (experiment.batches.perScenario + experiment.requests.perScenario)
  }
  const timeline = Scenario.timeline(scenario.scenario, seed, scenario.traces)
  let count = 0
  while (timeline.next()) count += timeline.kind === Timeline.scenario ? 0 : 1
  return count
}

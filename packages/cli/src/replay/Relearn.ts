/**
 * Another policy on a tape's own samples, under real training: nothing is modelled of what is learnt. Samples are drawn as
 * the tape's seed drew them, arrive when they did, and the model starts as it was deployed; what that takes is a device's,
 * on virtual time. On the tape of a modelled clock that is the run that the other policy would have made, to the bit.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Journal from "@edgeol/core/Journal"
import { Learner } from "@edgeol/core/Learner"
import * as Loop from "@edgeol/core/Loop"
import type { Policy } from "@edgeol/core/Policy"
import type { Arrival } from "@edgeol/core/Samples"
import * as Summary from "@edgeol/core/Summary"
import { seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import * as Emulated from "@edgeol/sim/Emulated"
import * as Equipment from "@edgeol/sim/Equipment"
import type * as TapeTimeline from "@edgeol/sim/replay/TapeTimeline"
import * as Timeline from "@edgeol/sim/Timeline"
import * as Feed from "@edgeol/streams/Feed"
import * as StreamSamples from "@edgeol/streams/StreamSamples"
import { Clock, Effect, Layer, Option } from "effect"
import * as HeldOut from "../HeldOut.ts"
import * as Initial from "../Initial.ts"
import * as Recorded from "../Recorded.ts"
import * as Settings from "../Settings.ts"
import type { World } from "../World.ts"
import type * as Model from "./Model.ts"
import type { Source } from "./Source.ts"

/** A tape's samples and deployed model, at hand. */
export interface Lesson {
  readonly world: World
  readonly feed: Feed.Feed
  /** For the deployed model, and for what is learnt; gone with the scope. */
  readonly folder: string
  readonly initial: string
}

/** In words, why a tape's samples are not at hand; else the lesson. Removes what it wrote when the scope closes. */
export const open = Effect.fnUntraced(function* (source: Source, { arrivals }: Model.Model, data: string) {
  const { header, file } = source
  if (header.scenario === undefined && header.scenarios.length === 0) {
    return "its samples came to a device, which kept none that it had learnt"
  }
  const asked = settings(header, data)
  const world = yield* Effect.result(Effect.flatMap(Recorded.what(file, header), (it) => Settings.furnish(it, asked)))
  if (world._tag === "Failure") return world.failure.message.replace(/\.$/, "")
  const feed = planned(world.success, header.seed)
  if (feed._tag === "Failure") return feed.failure.message.replace(/\.$/, "")
  const timeline = arrived(feed.success, arrivals)
  if (timeline === undefined) return `${header.stream} has not the samples that arrived`
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "edgeol-replay-"))),
    (place) => Effect.sync(() => rmSync(place, { recursive: true, force: true }))
  )
  const initial = deployed(file) ?? join(folder, "initial")
  return { world: world.success, feed: { ...feed.success, timeline }, folder, initial } satisfies Lesson
})

/** The same bits are learnt with as many threads only. */
const settings = ({ rounds, meter, versions }: Source["header"], data: string) => ({
  data,
  rounds,
  clock: "modelled" as const,
  device: meter.kind === "modelled" ? Option.some(meter.source) : Option.none(),
  threads: Option.some(Number(versions.threads ?? 1))
})

const planned = ({ stream, experiment, scenario }: World, seed: number) =>
  scenario === undefined
    ? Feed.make(stream(seed), experiment, seed)
    : Feed.ofScenario(stream(seed), scenario.scenario, experiment, seed, scenario.traces)

/** What was planned, when it arrived; undefined where something else did. */
const arrived = (
  { timeline }: Feed.Feed,
  arrivals: ReadonlyArray<TapeTimeline.Arrival>
): ReadonlyArray<Arrival> | undefined => {
  const known = new Map(timeline.map((arrival) => [`${arrival._tag} ${arrival.id}`, arrival]))
  const there = arrivals.flatMap(({ kind, id, at, samples }) => {
    const plan = known.get(`${tags[kind]} ${id}`)
    return plan === undefined || (plan._tag === "Batch" && plan.samples !== samples)
      ? []
      : [{ ...plan, at: seconds(at) }]
  })
  return there.length === arrivals.length ? there : undefined
}

const tags = { [Timeline.scenario]: "Scenario", [Timeline.batch]: "Batch", [Timeline.request]: "Request" } as const

/** The model as it was deployed, beside the tape of a run or of a comparison. */
const deployed = (file: string): string | undefined =>
  [join(dirname(file), "initial"), join(dirname(file), "..", "initial")].find((folder) =>
    existsSync(join(folder, "initial.json"))
  )

/** One run on a device. */
export const run = Effect.fnUntraced(function* (
  { world, feed, folder, initial }: Lesson,
  policy: Policy,
  { costs, watts }: Model.Luck["device"],
  deciding: number
) {
  const checkpoints = join(folder, "checkpoints")
  rmSync(checkpoints, { recursive: true, force: true })
  mkdirSync(checkpoints)
  const learner = yield* TfjsLearner.make(yield* Initial.options(world, feed, checkpoints))
  yield* Initial.adopt(learner, world, feed, initial, checkpoints)
  const clock = VirtualClock.make()
  const real = Layer.merge(Layer.succeed(Learner, learner), StreamSamples.layer(feed))
  const emulated = Emulated.layer({
    costs,
    cold: world.rounds === "cold",
    batchSize: world.experiment.training.batchSize,
    source: world.power.name,
    ...Equipment.plain({ ...world.power, watts })
  })
  const entries: Array<Journal.Entry> = []
  const services = Layer.mergeAll(
    Layer.provide(emulated, real),
    Layer.provide(HeldOut.layer(feed, clock.exclude), real),
    Journal.memory(entries, Option.none())
  ).pipe(Layer.provideMerge(Layer.succeed(Clock.Clock, clock)))
  yield* Effect.provide(Loop.run(policy), services)
  return { summary: Summary.summarise(entries), decided: deciding * entries.length, outside: undefined }
}, Effect.scoped)

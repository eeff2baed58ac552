/** The world of a tape: its arrivals, its device as it was measured, and a surrogate of what it learnt where there is one. */
import { existsSync } from "node:fs"
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import type * as Summary from "@edgeol/core/Summary"
import { canonical } from "@edgeol/sim/Canonical"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Device from "@edgeol/sim/Device"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Operations from "@edgeol/sim/replay/Operations"
import * as TapeCosts from "@edgeol/sim/replay/TapeCosts"
import * as TapeTimeline from "@edgeol/sim/replay/TapeTimeline"
import * as Untold from "@edgeol/sim/replay/Untold"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as Fit from "@edgeol/sim/surrogate/Fit"
import type { Surrogate, Twin } from "@edgeol/sim/surrogate/Surrogate"
import * as HeadLearner from "@edgeol/sim/surrogate/HeadLearner"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import type { Experiment } from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import * as AtlasReplay from "../atlas/Replay.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as Recorded from "../Recorded.ts"
import type * as Tape from "../Tape.ts"
import * as Workload from "../Workload.ts"
import type { World } from "../World.ts"
import * as Heads from "./Heads.ts"
import type { Source } from "./Source.ts"

export interface Model {
  readonly header: Tape.Header
  readonly experiment: Experiment
  readonly arrivals: ReadonlyArray<TapeTimeline.Arrival>
  readonly operations: ReadonlyArray<Operations.Operation>
  /** Where the costs come from that the tape is held against, as a person would name it. */
  readonly against: string
  readonly fitted: TapeCosts.Fitted
  /** Seconds in which the policy decided on an observation, mean. */
  readonly deciding: number
  readonly learnt: Learnt | undefined
}

/** What stands in for training, told of this run what its tape says. */
export interface Learnt {
  readonly surrogate: Surrogate
  readonly twin: Twin | undefined
  /** Of a fast head, where one was recorded on this stream. */
  readonly head: Heads.Known | undefined
}

/** `device` says whose costs the tape is held against, in place of those that its header names. */
export const make = Effect.fnUntraced(function* (source: Source, data: string, device?: string) {
  const { header, entries, file } = source
  const what = yield* Recorded.what(file, header)
  const { experiment } = what
  const { against, ...reference } = yield* referenceOf(header, experiment, data, device)
  const arrivals = arrivalsOf(entries, header, what)
  const operations = Operations.of(entries, reference.costs, experiment.training.batchSize)
  return {
    header,
    experiment,
    arrivals,
    operations,
    against,
    fitted: TapeCosts.fit(reference, operations, entries),
    deciding: entries.reduce((sum, { costs }) => sum + (costs.policy ?? 0), 0) / entries.length,
    learnt: yield* learntOf(source, experiment, arrivals)
  } satisfies Model
})

/** Costs before the tape: of a device that is named, of the one that was emulated, or of the computer where they were recorded. */
const referenceOf = Effect.fnUntraced(function* (
  header: Tape.Header,
  experiment: Experiment,
  data: string,
  asked: string | undefined
) {
  const own = header.meter.kind === "modelled" ? header.meter.source : undefined
  const name = yield* DeviceFile.resolve(asked ?? own ?? Equipment.nameOf({}))
  const isHost = asked === undefined && header.costs === undefined && CostModel.recorded(experiment.model.kind)
  const workload = yield* Workload.of(experiment, data)
  const spread = Device.spread(Device.load(name))
  const { watts } = Equipment.power(name, header.costs === undefined && asked === undefined ? undefined : workload)
  return isHost
    ? { against: "the computer where costs were recorded", costs: CostModel.load(experiment.model.kind), watts, spread }
    : { against: name, costs: Equipment.costs(name, workload), watts, spread }
})

/** Scenes and validation samples as the run was planned, where its seed still says it. */
const arrivalsOf = (
  entries: ReadonlyArray<Entry>,
  header: Tape.Header,
  { experiment, scenario }: Pick<World, "experiment" | "scenario">
) => {
  // What a device met by itself nobody planned.
  if (scenario === undefined && header.scenarios.length === 0) return TapeTimeline.arrivals(entries)
  const { scenario: document, traces } = scenario ?? {
    scenario: Scenario.ofExperiment(experiment, header.scenarios),
    traces: new Map()
  }
  return TapeTimeline.arrivals(entries, TapeTimeline.plan(Scenario.timeline(document, header.seed, traces)))
}

/** A surrogate is of one experiment; a seed that it does not know is told by the tape. */
const learntOf = Effect.fnUntraced(function* (
  { header, entries }: Source,
  experiment: Experiment,
  arrivals: Model["arrivals"]
) {
  if (!existsSync(Atlas.fileOf(header.stream))) return undefined
  const surrogate = yield* Atlas.of(header.stream)
  if (canonical(surrogate.body.experiment) !== canonical(header.experiment)) return undefined
  const known = surrogate.body.twins.find(({ seed }) => seed === header.seed)
  const isPlain = header.scenario === undefined && entries.every(({ observation: { _tag: tag } }) => tag !== "Adapted")
  const isScored = entries.some(({ score }) => score !== undefined)
  const head = yield* Heads.of({ header, entries }, arrivals)
  if (known !== undefined || !isPlain || !isScored) return { surrogate, twin: known, head }
  const recording = AtlasReplay.recording({ header, entries }, experiment, new Map())
  return { surrogate, twin: Fit.twinOf(surrogate, [recording]), head }
})

/** One run that could have been. */
export interface Luck {
  readonly device: TapeCosts.Device
  /** Of the learner. */
  readonly seed: number
}

export const luck = ({ fitted, header }: Model, draw: number): Luck => ({
  device: TapeCosts.device(fitted, Rng.named(header.seed, `replay/${draw}`)),
  seed: 1_000_003 * (draw + 1) + header.seed
})

export interface Ran {
  readonly summary: Summary.Summary
  /** Seconds in which the policy decided, which no simulation counts. */
  readonly decided: number
  readonly outside: string | undefined
}

/** Where nothing is learnt, in a mood; the others are of use where it is asked what a policy looks at. */
export const run = (
  model: Model,
  policy: Policy,
  { device, seed }: Luck,
  mood: Untold.Mood = "silent",
  isHeadKnown = false
): Ran => {
  const { header, experiment, arrivals, learnt, deciding } = model
  const { batchSize, epochs } = experiment.training
  const known = learnt && learner(learnt, seed)
  let observations = 0
  const counted: Policy = {
    ...policy,
    decide(state, observation) {
      observations += 1
      return policy.decide(state, observation)
    }
  }
  const { summary } = Simulate.run(counted, {
    timeline: TapeTimeline.timeline(arrivals),
    learner: known ?? Untold.make({ units: header.units.length, batchSize, epochs, isHeadKnown }, mood),
    costs: device.costs,
    cold: header.rounds === "cold",
    batchSize,
    ...Equipment.plain({ name: "", source: "", watts: device.watts })
  })
  return { summary, decided: deciding * observations, outside: known?.outside }
}

const learner = ({ surrogate, twin, head }: Learnt, seed: number) => {
  const model = SurrogateLearner.make(surrogate, twin === undefined ? { seed } : { seed, twin })
  return head === undefined ? model : HeadLearner.make(model, head.head, { seed, twin: head.twin })
}

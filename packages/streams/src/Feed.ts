/** All that will arrive in one run: a pure function of stream, scenario and seed, drawn before the run begins. */
import type { Examples } from "@edgeol/core/Examples"
import { unknown } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { type Arrival, type Batch, SamplesError } from "@edgeol/core/Samples"
import { seconds } from "@edgeol/core/Units"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Traces } from "@edgeol/sim/scenario/Sources"
import * as Timeline from "@edgeol/sim/Timeline"
import { Result } from "effect"
import * as Difficulty from "./Difficulty.ts"
import type { Experiment } from "./Experiment.ts"
import type * as Stream from "./Stream.ts"

export interface Feed {
  readonly stream: Stream.Stream
  readonly experiment: Experiment
  readonly seed: number
  /** In order; batches and requests are numbered from 0 over the run, borders from 1. */
  readonly timeline: ReadonlyArray<Arrival>
  /** Length of the run, s. */
  readonly seconds: number
  /** What the model learns before deployment: samples of scenario 0, with as much validation as a scenario has. */
  readonly initial: Batch
  /** Only the experiment's share of their samples has a label. */
  readonly batches: ReadonlyArray<Batch>
  /** One image each, with its label. */
  readonly requests: ReadonlyArray<Examples>
  /** The scenario of the stream that a request is drawn from. */
  readonly scenarioOfRequest: (id: number) => number
  /** For scoring, by scenario. */
  readonly heldOut: ReadonlyArray<Examples>
}

/** What arrives in an experiment: the stream's scenarios one after another, as long each, made as hard as it says. */
export const make = (
  stream: Stream.Stream,
  experiment: Experiment,
  seed: number
): Result.Result<Feed, SamplesError> => {
  const online = stream.scenarios.slice(1).map(({ name }) => name)
  const plain = Scenario.ofExperiment(experiment, online)
  return ofScenario(stream, Difficulty.arrivals(experiment.difficulty ?? {}, plain), experiment, seed)
}

/**
 * What arrives in a scenario; model, training, scoring and how many labels are wrong are the experiment's. Fails when the
 * stream lacks a scene, and when a pool is too small to keep scoring and requests apart.
 */
export const ofScenario = (
  stream: Stream.Stream,
  scenario: Scenario.Scenario,
  experiment: Experiment,
  seed: number,
  traces?: Traces
): Result.Result<Feed, SamplesError> => {
  const small = stream.scenarios.find(({ heldOut }) => heldOut.labels.length <= experiment.heldOut)
  if (small !== undefined) return Result.fail(tooSmall(stream, small, experiment))
  const taken = takes[experiment.model.kind]
  if (taken !== undefined && !taken.includes(stream.shape.join(" x "))) return Result.fail(misfit(stream, experiment))
  const absent = Scenario.scenes(scenario).find((scene) => scene >= stream.scenarios.length)
  if (absent !== undefined) return Result.fail(lacking(stream, scenario, absent))
  const scenarioOfRequest: Array<number> = []
  return drawing(() => ({
    stream,
    experiment,
    seed,
    ...draw(stream, scenario, Scenario.timeline(scenario, seed, traces), experiment, seed, scenarioOfRequest),
    seconds: Scenario.seconds(scenario),
    initial: drawInitial(stream.scenarios[0]!, experiment, seed),
    scenarioOfRequest: (id) => scenarioOfRequest[id]!,
    heldOut: stream.scenarios.map(({ heldOut }, s) =>
      take(heldOut, order(heldOut, seed, `heldOut/${s}`), 0, experiment.heldOut)
    )
  }))
}

/** Pools whose images lie in files throw what is wrong with one. */
const drawing = (draw: () => Feed): Result.Result<Feed, SamplesError> => {
  try {
    return Result.succeed(draw())
  } catch (error) {
    if (error instanceof SamplesError) return Result.fail(error)
    throw error
  }
}

const tooSmall = ({ name }: Stream.Stream, { name: scenario, heldOut }: Stream.Scenario, experiment: Experiment) =>
  new SamplesError({
    message:
      `Scenario "${scenario}" of ${name} holds out ${heldOut.labels.length} images, too few to score on ` +
      `${experiment.heldOut} and request others; lower heldOut in the experiment.`
  })

/** Shapes that pre-trained models take; MobileNet enlarges what divides its 96 pixels. */
const takes: { readonly [kind in Experiment["model"]["kind"]]?: ReadonlyArray<string> } = {
  resnet8: ["32 x 32 x 3"],
  mobilenet: ["96 x 96 x 3", "48 x 48 x 3", "32 x 32 x 3", "24 x 24 x 3"]
}

const misfit = ({ name, shape }: Stream.Stream, { model: { kind } }: Experiment) =>
  new SamplesError({
    message: `${name} gives ${shape.join(" x ")} and ${kind} takes ${takes[kind]?.join(" or ")}; choose another model in the experiment.`
  })

const lacking = ({ name, scenarios }: Stream.Stream, scenario: Scenario.Scenario, scene: number) =>
  new SamplesError({
    message:
      `Scenario ${scenario.name}@${scenario.version} has a scene ${scene}, but ${name} has only ` +
      `${scenarios.length - 1} that are met on line; choose among them.`
  })

/** Walks along a timeline and draws what comes with each arrival. */
const draw = (
  stream: Stream.Stream,
  { schedule }: Scenario.Scenario,
  timeline: Timeline.Timeline,
  experiment: Experiment,
  seed: number,
  scenarioOfRequest: Array<number>
) => {
  const arrivals: Array<Arrival> = []
  const batches: Array<Batch> = []
  const requests: Array<Examples> = []
  const [taught, judged] = [labeller(experiment, seed, "train"), labeller(experiment, seed, "validation")]
  const drawers = stream.scenarios.map((scenario, s) => drawer(scenario, s, experiment.heldOut, seed))
  while (timeline.next()) {
    const { kind, id, samples, validation, scene } = timeline
    const at = seconds(timeline.at)
    const from = drawers[scene]!
    if (kind === Timeline.batch) {
      arrivals.push({ _tag: "Batch", at, id, samples })
      const { classes } = stream.scenarios[scene]!
      batches.push({
        train: taught(from.train(samples), classes),
        validation: judged(from.validation(validation), classes)
      })
    } else if (kind === Timeline.request) {
      arrivals.push({ _tag: "Request", at, id })
      requests.push(from.request(1))
      scenarioOfRequest.push(scene)
    } else {
      const name = schedule[(id - 1) % schedule.length]!.name ?? stream.scenarios[scene]!.name
      arrivals.push({ _tag: "Scenario", at, id, name })
    }
  }
  return { timeline: arrivals, batches, requests }
}

/** Images of a scenario come in a drawn order, none twice before all have come; requests are not what is scored on. */
const drawer = ({ train, validation, heldOut }: Stream.Scenario, s: number, scored: number, seed: number) => ({
  train: taker(train, () => order(train, seed, `train/${s}`)),
  validation: taker(validation, () => order(validation, seed, `validation/${s}`)),
  request: taker(heldOut, () => order(heldOut, seed, `heldOut/${s}`).subarray(scored))
})

/** As somebody labels them: some wrongly, and not all. */
const labeller = (experiment: Experiment, seed: number, kind: "train" | "validation") => {
  const garble = Difficulty.mislabeller(experiment.difficulty ?? {}, seed, kind)
  const hide = hider(experiment, seed, kind)
  return (examples: Examples, classes: ReadonlyArray<number>): Examples => hide(garble(examples, classes))
}

/** Hides labels by chance, sample by sample: what has one at a low share has it at all higher ones too. */
const hider = ({ labelled = 1 }: Experiment, seed: number, kind: "train" | "validation") => {
  const rng = Rng.named(seed, `labels/${kind}`)
  return (examples: Examples): Examples =>
    labelled === 1
      ? examples
      : { ...examples, labels: examples.labels.map((label) => (rng.next() < labelled ? label : unknown)) }
}

/** Takes the next images in an order, which is drawn when first asked for. */
const taker = (pool: Stream.Pool, drawOrder: () => Int32Array) => {
  let places: Int32Array | undefined
  let taken = 0
  return (count: number): Examples => {
    places ??= drawOrder()
    taken += count
    return take(pool, places, taken - count, count)
  }
}

const drawInitial = ({ train, validation }: Stream.Scenario, experiment: Experiment, seed: number): Batch => {
  const { batches, initial } = experiment
  const samples = Math.min(initial.samples, train.labels.length)
  const validations = Math.min(batches.perScenario * batches.validation, validation.labels.length)
  return {
    train: take(train, order(train, seed, "train/0"), 0, samples),
    validation: take(validation, order(validation, seed, "validation/0"), 0, validations)
  }
}

const order = ({ labels }: Stream.Pool, seed: number, source: string): Int32Array =>
  Rng.named(seed, `samples/${source}`).permutation(labels.length)

/** `count` images from place `first` of an order, going round at its end. */
const take = (pool: Stream.Pool, places: Int32Array, first: number, count: number): Examples =>
  pool.take(Int32Array.from({ length: count }, (_, i) => places[(first + i) % places.length]!))

/** All that will arrive in one run: a pure function of stream, experiment and seed, drawn before the run begins. */
import type { Examples } from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import { type Arrival, type Batch, SamplesError } from "@edgeol/core/Samples"
import { seconds } from "@edgeol/core/Units"
import * as Arrivals from "@edgeol/sim/Arrivals"
import { Result } from "effect"
import type { Experiment } from "./Experiment.ts"
import type { Pool, Scenario, Stream } from "./Stream.ts"

export interface Feed {
  readonly stream: Stream
  readonly experiment: Experiment
  readonly seed: number
  /** In order; batches and requests are numbered from 0 over the run, scenarios as in the stream, from 1. */
  readonly timeline: ReadonlyArray<Arrival>
  /** Length of the run, s. */
  readonly seconds: number
  /** What the model learns before deployment: samples of scenario 0, with as much validation as a scenario has. */
  readonly initial: Batch
  readonly batches: ReadonlyArray<Batch>
  /** One image each, with its label. */
  readonly requests: ReadonlyArray<Examples>
  /** The scenario in which a request arrives. */
  readonly scenarioOfRequest: (id: number) => number
  /** For scoring, by scenario. */
  readonly heldOut: ReadonlyArray<Examples>
}

/** Fails when a pool is too small to keep scoring and requests apart. */
export const make = (stream: Stream, experiment: Experiment, seed: number): Result.Result<Feed, SamplesError> => {
  const small = stream.scenarios.find(({ heldOut }) => heldOut.labels.length <= experiment.heldOut)
  if (small !== undefined) return Result.fail(tooSmall(stream, small, experiment))
  const online = stream.scenarios.slice(1).map((scenario, i) => drawScenario(scenario, i + 1, experiment, seed))
  return Result.succeed({
    stream,
    experiment,
    seed,
    timeline: Arrivals.merge(...online.map(({ arrivals }) => arrivals)),
    seconds: online.length * span(experiment),
    initial: drawInitial(stream.scenarios[0]!, experiment, seed),
    batches: online.flatMap(({ batches }) => batches),
    requests: online.flatMap(({ requests }) => requests),
    scenarioOfRequest: (id) => 1 + Math.floor(id / experiment.requests.perScenario),
    heldOut: stream.scenarios.map(({ heldOut }, s) =>
      take(heldOut, order(heldOut, seed, `heldOut/${s}`), 0, experiment.heldOut)
    )
  })
}

const tooSmall = ({ name }: Stream, { name: scenario, heldOut }: Scenario, experiment: Experiment) =>
  new SamplesError({
    message:
      `Scenario "${scenario}" of ${name} holds out ${heldOut.labels.length} images, too few to score on ` +
      `${experiment.heldOut} and request others; lower heldOut in the experiment.`
  })

/** Length of a scenario, s. */
const span = ({ batches }: Experiment) => batches.perScenario * batches.secondsBetween

const drawScenario = (scenario: Scenario, s: number, experiment: Experiment, seed: number) => ({
  arrivals: drawArrivals(scenario, s, experiment, seed),
  batches: drawBatches(scenario, s, experiment, seed),
  requests: drawRequests(scenario, s, experiment, seed)
})

const drawArrivals = ({ name }: Scenario, s: number, experiment: Experiment, seed: number): ReadonlyArray<Arrival> => {
  const { batches, requests } = experiment
  const border = { from: seconds((s - 1) * span(experiment)), until: seconds(s * span(experiment)) }
  const draw = (process: Arrivals.Process, count: number, source: string) =>
    Arrivals.times(process, count, border, Rng.named(seed, `arrivals/${source}/${s}`))
  return [
    { _tag: "Scenario", at: border.from, id: s, name },
    ...Arrivals.batches(
      draw(batches.process, batches.perScenario, "batches"),
      (s - 1) * batches.perScenario,
      batches.samples
    ),
    ...Arrivals.requests(draw(requests.process, requests.perScenario, "requests"), (s - 1) * requests.perScenario)
  ]
}

/** Samples come in a drawn order, none twice before all have come. */
const drawBatches = ({ train, validation }: Scenario, s: number, { batches }: Experiment, seed: number) => {
  const trainOrder = order(train, seed, `train/${s}`)
  const validationOrder = order(validation, seed, `validation/${s}`)
  return Array.from({ length: batches.perScenario }, (_, b) => ({
    train: take(train, trainOrder, b * batches.samples, batches.samples),
    validation: take(validation, validationOrder, b * batches.validation, batches.validation)
  }))
}

/** From what is held out, after what is for scoring. */
const drawRequests = ({ heldOut }: Scenario, s: number, experiment: Experiment, seed: number) => {
  const rest = order(heldOut, seed, `heldOut/${s}`).subarray(experiment.heldOut)
  return Array.from({ length: experiment.requests.perScenario }, (_, i) => take(heldOut, rest, i, 1))
}

const drawInitial = ({ train, validation }: Scenario, { batches, initial }: Experiment, seed: number): Batch => {
  const samples = Math.min(initial.samples, train.labels.length)
  const validations = Math.min(batches.perScenario * batches.validation, validation.labels.length)
  return {
    train: take(train, order(train, seed, "train/0"), 0, samples),
    validation: take(validation, order(validation, seed, "validation/0"), 0, validations)
  }
}

const order = ({ labels }: Pool, seed: number, source: string): Int32Array =>
  Rng.named(seed, `samples/${source}`).permutation(labels.length)

/** `count` images from place `first` of an order, going round at its end. */
const take = (pool: Pool, places: Int32Array, first: number, count: number): Examples =>
  pool.take(Int32Array.from({ length: count }, (_, i) => places[(first + i) % places.length]!))

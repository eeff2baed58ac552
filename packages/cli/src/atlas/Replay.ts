/** Tells a recorded run as what a surrogate is fitted on: a fold over its tape, with the bookkeeping of core's loop. */
import { join } from "node:path"
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import { defaults } from "@edgeol/core/Loop"
import type { Batch } from "@edgeol/sim/SimLearner"
import type * as Recording from "@edgeol/sim/surrogate/Recording"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as Tape from "../Tape.ts"
import * as Everywhere from "./Everywhere.ts"

/** The run in a folder, with what `Everywhere` left beside its tape, if it did. */
export const read = Effect.fnUntraced(function* (folder: string) {
  const tape = yield* Tape.read(folder)
  const experiment = yield* Schema.decodeUnknownEffect(Experiment.Experiment)(tape.header.experiment).pipe(
    Effect.mapError(() => new CliError({ message: `The run in ${folder} was recorded by another version of edgeol.` }))
  )
  return recording(tape, experiment, Everywhere.read(join(folder, "everywhere.ndjson")))
})

interface Told {
  readonly experiment: Experiment.Experiment
  readonly rounds: Array<{ batches: ReadonlyArray<Batch>; depths: Array<number>; losses: Array<number> }>
  readonly probed: Array<Recording.Probed>
  readonly validated: Array<Recording.Judged>
  readonly pretested: Array<Recording.Judged>
  readonly answered: Array<Recording.Answered>
  /** Accuracy by version and scene, and requests. */
  readonly seen: Map<string, { version: number; scene: number; accuracy: number; requests: number }>
  waiting: Array<Batch>
  recent: Array<Batch>
  probe: ReadonlyArray<Batch>
  measured: ReadonlyArray<Batch>
  running: boolean
  depth: number
}

export const recording = (
  { header, entries }: Tape.Tape,
  experiment: Experiment.Experiment,
  everywhere: ReadonlyMap<number, Everywhere.Judged>
): Recording.Recording => {
  const told = nothing(experiment)
  for (const entry of entries) {
    observe(told, entry)
    for (const part of Decision.parts(entry.decision)) decide(told, part)
  }
  const judged = [...everywhere.values()]
  for (const { version, accuracy } of judged) {
    accuracy.forEach((value, scene) => see(told, version, scene, value, 0))
  }
  const { rounds, probed, validated, pretested, answered, seen } = told
  return {
    policy: header.policy.name,
    seed: header.seed,
    scenes: header.scenarios.length + 1,
    units: header.units.length,
    rounds,
    sights: [...seen.values()],
    feelings: judged.flatMap(feelings),
    probed,
    validated,
    pretested,
    answered
  }
}

const nothing = (experiment: Experiment.Experiment): Told => ({
  experiment,
  rounds: [],
  probed: [],
  validated: [],
  pretested: [],
  answered: [],
  seen: new Map(),
  waiting: [],
  recent: [],
  probe: [],
  measured: [],
  running: false,
  depth: 0
})

const feelings = ({
  version,
  energyMean,
  energyDeviation,
  confidence
}: Everywhere.Judged): ReadonlyArray<Recording.Feeling> =>
  energyMean.map((mean, scene) => ({
    version,
    scene,
    energyMean: mean,
    energyDeviation: energyDeviation[scene]!,
    confidence: confidence[scene]!
  }))

const see = (told: Told, version: number, scene: number, accuracy: number, requests: number) => {
  const key = `${version}/${scene}`
  const before = told.seen.get(key)
  if (before === undefined) told.seen.set(key, { version, scene, accuracy, requests })
  else before.requests += requests
}

const serving = ({ rounds, running }: Told) => rounds.length - (running ? 1 : 0)

const place = (told: Told): Recording.Place => ({
  version: serving(told),
  steps: told.running ? told.rounds.at(-1)!.depths.length : 0
})

const observe = (told: Told, { observation, score }: Entry) => {
  const { batches, requests } = told.experiment
  switch (observation._tag) {
    case "BatchArrived": {
      const scene = 1 + Math.floor(observation.batch / batches.perScenario)
      const batch = { id: observation.batch, samples: observation.samples, validation: batches.validation, scene }
      told.waiting.push(batch)
      told.recent = [...told.recent, batch].slice(-Math.max(defaults.validationBatches, defaults.probeBatches))
      return
    }
    case "RequestServed": {
      const scene = 1 + Math.floor(observation.request / requests.perScenario)
      const { energy, confidence } = observation
      const version = serving(told)
      told.answered.push({ version, scene, energy, confidence, correct: score?.correct === true })
      if (score !== undefined) see(told, version, scene, score.accuracy, 1)
      return
    }
    case "RoundStarted":
      told.rounds.push({ batches: told.waiting, depths: [], losses: [] })
      told.waiting = []
      told.running = true
      return
    case "StepFinished": {
      const round = told.rounds.at(-1)!
      round.depths.push(told.depth)
      round.losses.push(observation.loss)
      return
    }
    case "RoundFinished":
      told.running = false
      return
    case "Probed":
      told.probed.push({
        ...place(told),
        batches: told.probe,
        fresh: told.measured !== told.probe,
        similarity: observation.similarity
      })
      told.measured = told.probe
      return
    case "Validated":
      told.validated.push({
        ...place(told),
        batches: told.recent.slice(-defaults.validationBatches),
        accuracy: observation.accuracy,
        loss: observation.loss
      })
      return
    case "Pretested": {
      const { accuracy, loss } = observation
      told.pretested.push({ ...place(told), batches: told.waiting.slice(-1), accuracy, loss })
    }
  }
}

const decide = (told: Told, decision: Decision.Single) => {
  if (decision._tag === "Freeze") {
    const open = decision.units.indexOf(false)
    told.depth = open < 0 ? decision.units.length - 1 : open
  }
  if (decision._tag === "Probe" && (decision.renew || told.probe.length === 0)) {
    told.probe = told.recent.slice(-defaults.probeBatches)
  }
}

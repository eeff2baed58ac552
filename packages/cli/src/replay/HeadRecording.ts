/**
 * Tells a run with a fast head as what a head's surrogate is fitted on: each batch that it learnt is a round of one step,
 * each deep round one of as many steps of another kind as it had, for it moves the features that the head stands on. What
 * served before the first batch was no head, and is left out.
 */
import type { Entry } from "@edgeol/core/Journal"
import type { Batch } from "@edgeol/sim/SimLearner"
import type * as Recording from "@edgeol/sim/surrogate/Recording"
import type * as TapeTimeline from "@edgeol/sim/replay/TapeTimeline"
import * as Head from "@edgeol/sim/surrogate/Head"
import * as Timeline from "@edgeol/sim/Timeline"

interface Told {
  readonly sceneOf: (kind: number, id: number) => number
  readonly rounds: Array<Recording.Round>
  readonly seen: Map<string, Recording.Sight>
  readonly adapted: Array<Recording.Judged>
  waiting: Array<Batch>
  learning: ReadonlyArray<Batch>
  steps: number
}

export const recording = (
  tape: ReadonlyArray<Entry>,
  arrivals: ReadonlyArray<TapeTimeline.Arrival>,
  { policy, seed, scenes }: Pick<Recording.Recording, "policy" | "seed" | "scenes">
): Recording.Recording => {
  const known = new Map(arrivals.map(({ kind, id, scene }) => [`${kind} ${id}`, scene]))
  const told: Told = {
    sceneOf: (kind, id) => known.get(`${kind} ${id}`) ?? 1,
    rounds: [],
    seen: new Map(),
    adapted: [],
    waiting: [],
    learning: [],
    steps: 0
  }
  for (const entry of tape) observe(told, entry)
  const { rounds, seen, adapted } = told
  const none = { feelings: [], probed: [], validated: [], answered: [] }
  return { policy, seed, scenes, units: Head.kinds, rounds, sights: [...seen.values()], pretested: adapted, ...none }
}

const observe = (told: Told, { observation, score }: Entry) => {
  const { rounds, sceneOf } = told
  switch (observation._tag) {
    case "BatchArrived": {
      const { batch: id, samples } = observation
      told.waiting.push({ id, samples, validation: 0, scene: sceneOf(Timeline.batch, id) })
      break
    }
    case "Adapted": {
      const { batch: id, samples, accuracy } = observation
      const batches = [{ id, samples, validation: 0, scene: sceneOf(Timeline.batch, id) }]
      if (rounds.length > 0) told.adapted.push({ version: rounds.length, steps: 0, batches, accuracy, loss: NaN })
      rounds.push({ batches, depths: [Head.adapting], losses: [] })
      break
    }
    case "RoundStarted":
      told.learning = told.waiting
      told.waiting = []
      told.steps = 0
      break
    case "StepFinished":
      told.steps += 1
      break
    case "RoundFinished":
      if (rounds.length > 0) {
        rounds.push({ batches: told.learning, depths: Array.from({ length: told.steps }, () => Head.deep), losses: [] })
      }
      break
    case "RequestServed":
      if (score !== undefined) see(told, sceneOf(Timeline.request, observation.request), score.accuracy)
      break
    default:
  }
}

const see = ({ rounds, seen }: Told, scene: number, accuracy: number) => {
  const version = rounds.length
  if (version === 0) return
  const key = `${version}/${scene}`
  seen.set(key, { version, scene, accuracy, requests: (seen.get(key)?.requests ?? 0) + 1 })
}

/** A history over and over, as a run could have had it: times and numbers go on, and a round takes all that waits. */
import type { Observation } from "@edgeol/core/Observation"
import { seconds } from "@edgeol/core/Units"

/** So far: when this turn began, how many there were of what is counted, and what waits. */
interface Told {
  since: number
  batches: number
  requests: number
  rounds: number
  iterations: number
  waiting: number
  samples: number
  running: number
}

/** Lazily, so that it may be long. A round that runs at the end of the history ends with it, and again with each turn. */
export const repeated = function* (history: ReadonlyArray<Observation>, turns: number): Generator<Observation> {
  const [first, ...rest] = history
  if (first !== undefined) yield first
  const told: Told = {
    since: 0,
    batches: 0,
    requests: 0,
    rounds: 0,
    iterations: 0,
    waiting: 0,
    samples: 0,
    running: 0
  }
  const turn = untilIdle(rest)
  for (let i = 0; i < turns && turn.length > 0; i++) {
    const before = { ...told }
    for (const observation of turn) yield again(told, before, observation)
    told.since = before.since + turn.at(-1)!.at
  }
}

/** Without the round at the end that has no end. */
const untilIdle = (history: ReadonlyArray<Observation>) => {
  const begun = history.findLastIndex(({ _tag }) => _tag === "RoundStarted")
  const isOver = history.slice(begun + 1).some(({ _tag }) => _tag === "RoundFinished")
  return begun < 0 || isOver ? history : history.slice(0, begun)
}

const again = (told: Told, before: Told, observation: Observation): Observation => {
  const at = seconds(before.since + observation.at)
  switch (observation._tag) {
    case "BatchArrived":
      told.waiting += 1
      told.samples += observation.samples
      return { ...observation, at, batch: told.batches++ }
    case "RequestServed":
      return {
        ...observation,
        at,
        request: told.requests++,
        arrivedAt: seconds(before.since + observation.arrivedAt)
      }
    case "RoundStarted": {
      const { waiting: batches, samples } = told
      told.rounds += 1
      ;[told.running, told.waiting, told.samples] = [batches, 0, 0]
      return { ...observation, at, round: told.rounds, batches, samples }
    }
    case "StepFinished":
      told.iterations += 1
      return { ...observation, at, round: told.rounds, iteration: told.iterations }
    case "RoundFinished":
      return { ...observation, at, round: told.rounds, batches: told.running }
    case "Pretested":
    case "Adapted":
      return { ...observation, at, batch: Math.max(0, told.batches - 1) }
    default:
      return { ...observation, at }
  }
}

/** Where promises stand along a tape, recounted at each line from all lines before it: slow and plain, to judge a guard by. */
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"

export interface Stand {
  readonly joulesPerHour: number
  readonly roundsPerHour: number
  readonly staleness: number
  readonly latency: number
}

type Line = Pick<Entry, "observation" | "decision">

const minute = (at: number) => Math.floor(at / 60)

export const along = (tape: ReadonlyArray<Line>): ReadonlyArray<Stand> => {
  const waiting = new Map<number, number>()
  const unlearnt = new Map<number, number>()
  let running: ReadonlyArray<number> = []
  let isAsked = false
  const started: Array<number> = []
  const finished: Array<{ readonly at: number; readonly joules: number }> = []
  return tape.map(({ observation, decision }) => {
    const { at } = observation
    const staleness = Math.max(0, ...[...unlearnt.values()].map((since) => at - since))
    switch (observation._tag) {
      case "BatchArrived":
        waiting.set(observation.batch, at)
        unlearnt.set(observation.batch, at)
        break
      case "Adapted":
        unlearnt.delete(observation.batch)
        break
      case "RoundStarted":
        running = [...waiting.keys()]
        waiting.clear()
        started.push(at)
        isAsked = false
        break
      case "RoundFinished":
        for (const batch of running) unlearnt.delete(batch)
        finished.push({ at, joules: observation.joules })
    }
    isAsked ||= waiting.size > 0 && Decision.has(decision, "Train")
    const isLate = (then: number) => minute(then) > minute(at) - 60
    return {
      joulesPerHour: finished.reduce((sum, { at: then, joules }) => sum + (isLate(then) ? joules : 0), 0),
      roundsPerHour: started.filter(isLate).length + (isAsked ? 1 : 0),
      staleness,
      latency: observation._tag === "RequestServed" ? at - observation.arrivedAt : 0
    }
  })
}

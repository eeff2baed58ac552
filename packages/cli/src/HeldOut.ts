/** Scores requests by the serving model's accuracy on held-out samples of their scenario, and a few on all so far. */
import { Learner } from "@edgeol/core/Learner"
import { Scorer } from "@edgeol/core/Scorer"
import type { VirtualClock } from "@edgeol/core/VirtualClock"
import type { Feed } from "@edgeol/streams/Feed"
import { Effect, Layer } from "effect"

/** Scoring is not the device's work: `exclude` keeps its time off the clock. */
export const layer = (feed: Feed, exclude: VirtualClock["exclude"]): Layer.Layer<Scorer, never, Learner> =>
  Layer.effect(
    Scorer,
    Effect.map(Learner, (learner) => {
      const known = new Map<number, number>()
      let judged = NaN
      const accuracy = Effect.fnUntraced(function* (scenario: number, version: number) {
        if (version !== judged) known.clear()
        judged = version
        const held = feed.heldOut[scenario]!
        if (!known.has(scenario)) {
          const { labels } = (yield* learner.predict(held)).value
          known.set(scenario, labels.filter((label, i) => label === held.labels[i]).length / held.count)
        }
        return known.get(scenario)!
      })
      const seen = Effect.fnUntraced(function* (latest: number, version: number) {
        const scenarios = Array.from({ length: latest + 1 }, (_, scenario) => scenario)
        const all = yield* Effect.forEach(scenarios, (scenario) => accuracy(scenario, version))
        return all.reduce((sum, value) => sum + value, 0) / all.length
      })
      const score = Effect.fnUntraced(function* (request: number, version: number) {
        const scenario = feed.scenarioOfRequest(request)
        const own = { accuracy: yield* accuracy(scenario, version) }
        return isLookedAround(feed, request) ? { ...own, seen: yield* seen(scenario, version) } : own
      })
      return Scorer.of({
        score: (request, prediction, version) =>
          Effect.map(exclude(score(request, version)), (judged) => ({
            ...judged,
            correct: prediction.labels[0] === feed.requests[request]?.labels[0]
          }))
      })
    })
  )

/** Requests at which all scenarios are looked at. */
const looks = 8

/** Evenly over the run, the last request included. */
const isLookedAround = ({ requests }: Feed, request: number): boolean =>
  Math.floor(((request + 1) * looks) / requests.length) > Math.floor((request * looks) / requests.length)

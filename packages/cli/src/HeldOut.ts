/** Scores requests by the serving model's accuracy on held-out samples of their scenario. */
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
      return Scorer.of({
        score: (request, prediction, version) =>
          Effect.map(exclude(accuracy(feed.scenarioOfRequest(request), version)), (value) => ({
            accuracy: value,
            correct: prediction.labels[0] === feed.requests[request]?.labels[0]
          }))
      })
    })
  )

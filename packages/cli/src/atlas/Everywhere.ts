/**
 * Scores requests as `HeldOut` does, and beside that judges every model that serves on all scenarios, met or not: what
 * a learner does elsewhere while it learns here is what forgetting is fitted on.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { Learner } from "@edgeol/core/Learner"
import type { Prediction } from "@edgeol/core/Learner"
import { Scorer } from "@edgeol/core/Scorer"
import type { VirtualClock } from "@edgeol/core/VirtualClock"
import type { Feed } from "@edgeol/streams/Feed"
import { Effect, Layer, Schema } from "effect"
import * as Sealed from "../Sealed.ts"

const Numbers = Schema.Array(Schema.Finite)

/** A model on the held-out samples of each scenario, from 0, the one it was deployed with. */
export const Judged = Schema.Struct({
  /** Rounds before it. */
  version: Schema.Int,
  accuracy: Numbers,
  energyMean: Numbers,
  energyDeviation: Numbers,
  confidence: Numbers
})
export type Judged = typeof Judged.Type

export const layer =
  (path: string) =>
  (feed: Feed, exclude: VirtualClock["exclude"]): Layer.Layer<Scorer, never, Learner> =>
    Layer.effect(
      Scorer,
      Effect.map(Learner, (learner) => {
        let known: Judged | undefined
        const judge = Effect.fnUntraced(function* (version: number) {
          if (known?.version === version) return known
          const scenes = yield* Effect.forEach(feed.heldOut, (held) =>
            Effect.map(learner.predict(held), ({ value }) => judged(value, held.labels))
          )
          known = {
            version,
            accuracy: scenes.map(({ accuracy }) => accuracy),
            energyMean: scenes.map(({ energyMean }) => energyMean),
            energyDeviation: scenes.map(({ energyDeviation }) => energyDeviation),
            confidence: scenes.map(({ confidence }) => confidence)
          }
          appendFileSync(path, `${Sealed.seal(JSON.stringify(known))}\n`)
          return known
        })
        return Scorer.of({
          score: (request, prediction, version) =>
            Effect.map(exclude(judge(version)), ({ accuracy }) => ({
              accuracy: accuracy[feed.scenarioOfRequest(request)]!,
              correct: prediction.labels[0] === feed.requests[request]?.labels[0]
            }))
        })
      })
    )

const judged = ({ labels, energy, confidence }: Prediction, truth: Int32Array) => {
  const energyMean = mean(energy)
  return {
    accuracy: labels.filter((label, i) => label === truth[i]).length / truth.length,
    energyMean,
    energyDeviation: Math.sqrt(mean(energy.map((value) => (value - energyMean) ** 2))),
    confidence: mean(confidence)
  }
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length

const decode = Schema.decodeUnknownSync(Judged)

/**
 * By version. A run that was killed judges some models twice, to the same numbers; a line that was cut off, or glued to
 * the next one, is one of those.
 */
export const read = (path: string): ReadonlyMap<number, Judged> => {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : []
  return new Map(
    lines.flatMap((line) => {
      try {
        const one = decode(Sealed.open(line))
        return [[one.version, one] as const]
      } catch {
        return []
      }
    })
  )
}

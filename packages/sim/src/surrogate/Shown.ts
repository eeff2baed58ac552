/** What the serving model shows of itself, scene by scene, worked out once for a model so that answers are quick. */
import type { Answer } from "../SimLearner.ts"
import * as Chance from "./Chance.ts"
import * as JudgementFit from "./JudgementFit.ts"
import type { Body } from "./Surrogate.ts"

export interface Shown {
  /** A new model: its accuracy and the mean of its free energy in a scene. */
  readonly show: (scene: number, accuracy: number, energy: number) => void
  /** Answers a request in a scene; nothing is allocated. */
  readonly answer: (request: number, scene: number, to: Answer) => void
}

/** Requests draw their luck under one key, and their energy and confidence under another. */
export const make = (body: Body, luckKey: number, moodKey: number): Shown => {
  const byScene = () => new Float64Array(body.scenes.length)
  const [accuracies, energies, deviations, confidences] = [byScene(), byScene(), byScene(), byScene()]
  const [energy, right, wrong] = [body.judgement.energy, body.judgement.right, body.judgement.wrong].map((quantiles) =>
    Float64Array.from(quantiles)
  ) as [Float64Array, Float64Array, Float64Array]
  const [c0, c1, c2] = body.energies.confidence as readonly [number, number, number]
  return {
    show(scene, accuracy, mean) {
      accuracies[scene] = accuracy
      energies[scene] = mean
      deviations[scene] = deviation(body, mean)
      confidences[scene] = c0 + c1 * accuracy + c2 * Math.abs(mean)
    },
    answer(request, scene, to) {
      const accuracy = accuracies[scene]!
      const mood = Chance.uniform(moodKey, request)
      to.accuracy = accuracy
      to.correct = Chance.uniform(luckKey, request) < accuracy
      to.energy = energies[scene]! + deviations[scene]! * JudgementFit.drawn(energy, mood)
      const sure = confidences[scene]! + JudgementFit.drawn(to.correct ? right : wrong, 1 - mood)
      to.confidence = Math.min(1, Math.max(0, sure))
    }
  }
}

/** Standard deviation of the free energy of a scene's samples about their mean. */
export const deviation = ({ energies }: Body, mean: number): number => {
  const [d0, d1] = energies.deviation as readonly [number, number]
  return Math.max(0.05, d0 + d1 * Math.abs(mean))
}

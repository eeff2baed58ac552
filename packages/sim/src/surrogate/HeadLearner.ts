/**
 * A surrogate's model with a fast head on it. From the first batch that the head learns, it answers; a deep round moves the
 * features that it stands on, so its steps count when the round's model serves. How sure the head is of an answer was not
 * recorded: energy and confidence are the model's, and so are validation and tests.
 */
import * as Rng from "@edgeol/core/Rng"
import type { Batch, SimLearner } from "../SimLearner.ts"
import * as Accuracy from "./Accuracy.ts"
import * as Chance from "./Chance.ts"
import * as Dynamics from "./Dynamics.ts"
import * as Head from "./Head.ts"
import * as Scatter from "./Scatter.ts"
import * as SurrogateLearner from "./SurrogateLearner.ts"

export interface Options {
  readonly seed: number
  /** The head to be like; without it one of the recorded ones is drawn. */
  readonly twin?: Head.Twin | undefined
}

/** Keys of the sources of chance. */
const source = { twin: 1, answer: 2, fresh: 3, model: 4 }

/** How far beyond what was recorded is still much the same. */
const margin = 1.1

export const make = (
  inner: SurrogateLearner.SurrogateLearner,
  { body }: Head.Head,
  { seed, twin }: Options
): SurrogateLearner.SurrogateLearner => {
  const key = Rng.named(seed, "surrogate/head").below(2 ** 32)
  const known = twin ?? body.twins[Rng.named(seed, "surrogate/head/twin").below(body.twins.length)]!
  const dynamics = Accuracy.model(body.accuracy, SurrogateLearner.jittered(known, Chance.key(key, source.twin)))
  const { scenes } = dynamics
  const state = Dynamics.begin(dynamics)
  const scatter = Scatter.make(body.noise, 0, scenes)
  const shares = new Float64Array(scenes)
  const aims = new Float64Array(scenes)
  let learning: ReadonlyArray<Batch> = []
  let [batches, steps, ofRound, history] = [0, 0, 0, key]
  let outside: string | undefined
  const sceneOf = (scene: number) => Math.min(scene, scenes - 1)
  const accuracy = (scene: number) => scatter.seen(Dynamics.accuracy(dynamics, state, scene), scene)
  const learn = (from: ReadonlyArray<Batch>, kind: number, count: number) => {
    Dynamics.sharesOf(
      from.map((batch) => ({ samples: batch.samples, scene: sceneOf(batch.scene) })),
      shares
    )
    Dynamics.aim(dynamics, shares, aims)
    const width = Dynamics.width(dynamics, from.length)
    for (let i = 0; i < count; i++) Dynamics.step(dynamics, state, shares, aims, kind, width)
    history = Chance.key(Chance.key(history, from.at(-1)?.id ?? -1), count)
    scatter.next(Chance.key(history, source.model), count, batches <= 1)
  }
  const beyond = (has: number, most: number, what: string) => {
    if (has > margin * most) outside ??= `far more than the ${most} ${what} that a head met`
  }
  return {
    ...methods(inner),
    get outside() {
      return outside ?? inner.outside
    },
    answer(request, scene, to) {
      inner.answer(request, scene, to)
      if (batches === 0) return
      to.accuracy = accuracy(sceneOf(scene))
      to.correct = Chance.uniform(key ^ source.answer, request) < to.accuracy
    },
    begin(of) {
      learning = of
      ofRound = 0
      return inner.begin(of)
    },
    step() {
      ofRound += 1
      return inner.step()
    },
    finish() {
      inner.finish()
      // A head that has learnt nothing begins on the features as they are then.
      if (batches === 0) return
      steps += ofRound
      learn(learning, Head.deep, ofRound)
      beyond(steps, body.range.steps, "steps of deep rounds")
    },
    adapt(batch) {
      const [a0, a1] = body.fresh.line as readonly [number, number]
      const expected = Math.min(1, Math.max(0, a0 + a1 * accuracy(sceneOf(batch.scene))))
      const luck = body.fresh.deviation * Chance.normal(key ^ source.fresh, batch.id)
      const right = batch.samples * expected + Math.sqrt(batch.samples * expected * (1 - expected)) * luck
      batches += 1
      learn([batch], Head.adapting, 1)
      beyond(batches, body.range.batches, "batches")
      return Math.min(batch.samples, Math.max(0, Math.round(right))) / batch.samples
    }
  }
}

/** All of a learner's own, of which some are replaced. */
const methods = (inner: SurrogateLearner.SurrogateLearner): Omit<SimLearner, "watched" | "compare"> => ({
  units: inner.units,
  answer: inner.answer.bind(inner),
  begin: inner.begin.bind(inner),
  step: inner.step.bind(inner),
  finish: inner.finish.bind(inner),
  freeze: inner.freeze.bind(inner),
  recipe: inner.recipe.bind(inner),
  probe: inner.probe.bind(inner),
  validate: inner.validate.bind(inner),
  pretest: inner.pretest.bind(inner),
  adapt: inner.adapt.bind(inner)
})

/**
 * A simulated world as core's services, so that `Loop` runs in it too. Samples carry no image but where they come from:
 * four integers each, written as bytes.
 */
import type { Watched } from "@edgeol/core/Decision"
import { concat, type Examples } from "@edgeol/core/Examples"
import { Learner, type Prediction, type Round, type Stepped } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import { Scorer } from "@edgeol/core/Scorer"
import { type Seconds, seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import { Clock, Effect, Layer } from "effect"
import * as Emulated from "./Emulated.ts"
import type { World } from "./Simulate.ts"
import { type Answer, type Batch, distance, type SimLearner } from "./SimLearner.ts"
import * as Timeline from "./Timeline.ts"

/** All but the journal; on Effect's clock, which should be virtual. */
export const layer = (world: World) => {
  const answer: Answer = { energy: 0, confidence: 0, accuracy: 0, correct: false }
  const inner = Layer.merge(
    Layer.succeed(Learner, learner(world.learner, answer)),
    Layer.effect(Samples, samples(world.timeline))
  )
  return Layer.merge(
    Layer.provide(Emulated.layer({ ...world, source: "simulated" }), inner),
    Layer.succeed(Scorer, {
      score: () => Effect.sync(() => ({ accuracy: answer.accuracy, correct: answer.correct }))
    })
  )
}

/** What arrived, by id. */
interface Seen {
  readonly batches: Map<number, Batch>
  /** Scenes of requests. */
  readonly scenes: Map<number, number>
}

const samples = (timeline: Timeline.Timeline): Effect.Effect<Samples["Service"]> =>
  Effect.map(Clock.clockWith(Effect.succeed), (clock): Samples["Service"] => {
    const seen: Seen = { batches: new Map(), scenes: new Map() }
    let origin = 0n
    const waitUntil = (at: Seconds) => {
      const left = BigInt(Math.round(at * 1e9)) - (clock.monotonicTimeNanosUnsafe() - origin)
      return left > 0n ? Effect.sleep(VirtualClock.duration(seconds(Number(left) / 1e9))) : Effect.void
    }
    let ahead = timeline.next()
    const take = () => {
      const arrival = arrivalOf(timeline, seen)
      ahead = timeline.next()
      return arrival
    }
    return {
      shape,
      next: (until) =>
        Effect.suspend((): Effect.Effect<Arrival | Ended | Nothing> => {
          if (!ahead) return Effect.succeed({ _tag: "Ended" })
          const { at } = timeline
          if (at > until) return Effect.as(waitUntil(until), { _tag: "Nothing" })
          return Effect.map(waitUntil(seconds(at)), take)
        }),
      batch: (id) => {
        const batch = seen.batches.get(id)
        if (batch === undefined) return Effect.fail(new SamplesError({ message: `Batch ${id} has not arrived.` }))
        const train = written(batch, 0, batch.samples)
        return Effect.succeed({ train, validation: written(batch, 1, batch.validation) })
      },
      request: (id) =>
        Effect.succeed(written({ id, scene: seen.scenes.get(id) ?? 0, samples: 1, validation: 0 }, 2, 1)),
      start: () => Effect.sync(() => void (origin = clock.monotonicTimeNanosUnsafe()))
    }
  })

const arrivalOf = ({ kind, at, id, samples: count, validation, scene }: Timeline.Timeline, seen: Seen): Arrival => {
  switch (kind) {
    case Timeline.scenario:
      return { _tag: "Scenario", at: seconds(at), id, name: `scene ${id}` }
    case Timeline.batch:
      seen.batches.set(id, { id, samples: count, validation, scene })
      return { _tag: "Batch", at: seconds(at), id, samples: count }
    case Timeline.request:
      seen.scenes.set(id, scene)
      return { _tag: "Request", at: seconds(at), id }
  }
}

const words = 5
const shape: Examples["shape"] = [1, 1, 4 * words]

/** `count` samples of a batch: to learn (part 0), to validate (1), or a request (2). */
const written = ({ id, scene, samples: size, validation }: Batch, part: number, count: number): Examples => {
  const one = new Uint8Array(Int32Array.of(id, scene, size, validation, part).buffer)
  const sample = { count: 1, shape, inputs: one, labels: Int32Array.of(scene) }
  return concat(
    Array.from({ length: count }, () => sample),
    shape
  )
}

/** The batches that samples come from, in order. */
const read = (examples: Examples): ReadonlyArray<Batch & { readonly part: number }> => {
  const numbers = new Int32Array(examples.inputs.buffer, examples.inputs.byteOffset, examples.count * words)
  const batches: Array<Batch & { readonly part: number }> = []
  for (let i = 0; i < numbers.length; i += words) {
    const [id = 0, scene = 0, size = 0, validation = 0, part = 0] = numbers.subarray(i, i + words)
    if (batches.at(-1)?.id !== id) batches.push({ id, scene, samples: size, validation, part })
  }
  return batches
}

const learner = (plain: SimLearner, answer: Answer): Learner["Service"] => {
  const free = <A>(result: () => A) => Effect.sync(() => Ledger.metered(result()))
  let watch: Watched = "nothing"
  const step = (): Stepped => {
    const loss = plain.step()
    return watch === "nothing" || plain.watched === undefined ? { loss } : { loss, units: plain.watched(watch) }
  }
  const round = (steps: number): Round => ({
    steps,
    step: free(step),
    finish: free(() => {
      plain.finish()
      return ""
    })
  })
  return {
    units: Array.from({ length: plain.units }, (_, unit) => `unit ${unit}`),
    predict: (inputs) => free(() => predict(plain, inputs, answer)),
    begin: (learnt) => free(() => round(plain.begin(read(learnt)))),
    freeze: (units) => Effect.sync(() => plain.freeze(units)),
    recipe: (recipe) => Effect.sync(() => plain.recipe(recipe)),
    watch: (what) => Effect.sync(() => void (watch = what)),
    probe: (of) => free(() => plain.probe(read(of))),
    compare: (newest) => free(() => distance(plain, read(newest)[0]!)),
    validate: (held) =>
      free(() => {
        const batches = read(held)
        return batches[0]?.part === 0 ? plain.pretest(batches[0]) : plain.validate(batches)
      }),
    adapt: (fresh) => free(() => plain.adapt(read(fresh)[0]!)),
    save: free(() => ""),
    restore: () => free(() => undefined)
  }
}

const predict = (plain: SimLearner, inputs: Examples, answer: Answer): Prediction => {
  const { id, scene } = read(inputs)[0]!
  plain.answer(id, scene, answer)
  return {
    labels: Int32Array.of(answer.correct ? scene : -1),
    energy: Float32Array.of(answer.energy),
    confidence: Float32Array.of(answer.confidence)
  }
}

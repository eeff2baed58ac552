/** A learner on virtual time: it really learns, but each operation takes the seconds of a cost model. */
import * as Examples from "@edgeol/core/Examples"
import { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import type { Recipe } from "@edgeol/core/Recipe"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import { Clock, Effect, Layer } from "effect"
import * as CostModel from "./CostModel.ts"
import { type Pace, place } from "./internal/Accounts.ts"
import * as Minibatches from "./internal/Minibatches.ts"

export interface Options {
  readonly costs: CostModel.CostModel
  /** Whether a round starts a process of its own. */
  readonly cold: boolean
  /** Samples of an optimiser step. */
  readonly batchSize: number
  /** What activities take on the device at a time: as long as nominal, where it is not given. */
  readonly pace?: Pace
  /** When the run began, ns on the clock: what `pace` counts from. Nothing takes time before. */
  readonly origin?: () => bigint | undefined
}

/** Needs Effect's clock to be virtual: the seconds pass by sleeping. */
export const layer = ({ costs, cold, batchSize, pace, origin }: Options): Layer.Layer<Learner, never, Learner> =>
  Layer.effect(
    Learner,
    Effect.gen(function* () {
      const inner = yield* Learner
      const charged = charging(yield* Clock.clockWith(Effect.succeed), pace, origin)
      let frozen: ReadonlyArray<boolean> = inner.units.map(() => false)
      let watching = false
      let recipe: Recipe = {}
      const begin = cold ? [Ledger.cost("startUp", costs.startUp), Ledger.cost("load", costs.load)] : []
      return Learner.of({
        ...inner,
        predict: (inputs) => charged(inner.predict(inputs), [CostModel.pass(costs, "inference", inputs.count)]),
        probe: (probe) => charged(inner.probe(probe), [CostModel.pass(costs, "probe", probe.count)]),
        compare: (samples) => charged(inner.compare(samples), [CostModel.pass(costs, "probe", samples.count)]),
        validate: (samples) => charged(inner.validate(samples), [CostModel.pass(costs, "validation", samples.count)]),
        adapt: (samples) => charged(inner.adapt(samples), [CostModel.pass(costs, "head", samples.count)]),
        save: charged(inner.save, [Ledger.cost("save", costs.save)]),
        freeze: (units) =>
          Effect.andThen(
            Effect.sync(() => {
              frozen = units
            }),
            inner.freeze(units)
          ),
        watch: (what) =>
          Effect.andThen(
            Effect.sync(() => {
              watching = what !== "nothing"
            }),
            inner.watch(what)
          ),
        recipe: (of) =>
          Effect.andThen(
            Effect.sync(() => {
              recipe = of
            }),
            inner.recipe(of)
          ),
        begin: (samples) => {
          const { count } = Examples.labelled(samples)
          const judged = Minibatches.judged(recipe, count)
          const minibatches = Minibatches.make(recipe, batchSize, count, samples.count - count)
          const { samples: each, cached, views } = minibatches
          const stepped = () => CostModel.step(costs, each, frozen, watching, cached(frozen), views(frozen))
          return charged(
            Effect.map(inner.begin(samples), (round) => ({
              ...round,
              value: {
                steps: round.value.steps,
                step: Effect.suspend(() => charged(round.value.step, stepped())),
                finish: charged(round.value.finish, [Ledger.cost("save", costs.save)])
              }
            })),
            judged === 0 ? begin : [CostModel.pass(costs, "validation", judged), ...begin]
          )
        }
      })
    })
  )

/** Replaces what an operation cost, and lets that much time pass. */
const charging = (clock: Clock.Clock, pace: Pace | undefined, origin: () => bigint | undefined = () => 0n) => {
  const paced = ({ activity, seconds }: Ledger.Cost) => {
    const began = origin()
    if (began === undefined) return Ledger.cost(activity, 0)
    const now = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
    return Ledger.cost(activity, pace === undefined ? seconds : pace(place[activity], seconds, now))
  }
  return <A, E, R>(
    operation: Effect.Effect<Ledger.Metered<A>, E, R>,
    nominal: ReadonlyArray<Ledger.Cost>
  ): Effect.Effect<Ledger.Metered<A>, E, R> =>
    Effect.gen(function* () {
      const { value } = yield* operation
      const costs: Array<Ledger.Cost> = []
      for (const cost of nominal) {
        costs.push(paced(cost))
        yield* Effect.sleep(VirtualClock.duration(costs.at(-1)!.seconds))
      }
      return { value, costs }
    })
}

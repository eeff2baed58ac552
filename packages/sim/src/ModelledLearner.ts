/** A learner on virtual time: it really learns, but each operation takes the seconds of a cost model. */
import { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import { Effect, Layer } from "effect"
import * as CostModel from "./CostModel.ts"

export interface Options {
  readonly costs: CostModel.CostModel
  /** Whether a round starts a process of its own. */
  readonly cold: boolean
  /** Samples of an optimiser step. */
  readonly batchSize: number
}

/** Needs Effect's clock to be virtual: the seconds pass by sleeping. */
export const layer = ({ costs, cold, batchSize }: Options): Layer.Layer<Learner, never, Learner> =>
  Layer.effect(
    Learner,
    Effect.map(Learner, (inner) => {
      let frozen: ReadonlyArray<boolean> = inner.units.map(() => false)
      const begin = cold ? [Ledger.cost("startUp", costs.startUp), Ledger.cost("load", costs.load)] : []
      return Learner.of({
        ...inner,
        predict: (inputs) => charged(inner.predict(inputs), [CostModel.pass(costs, "inference", inputs.count)]),
        probe: (probe) => charged(inner.probe(probe), [CostModel.pass(costs, "probe", probe.count)]),
        validate: (samples) => charged(inner.validate(samples), [CostModel.pass(costs, "validation", samples.count)]),
        freeze: (units) =>
          Effect.andThen(
            Effect.sync(() => {
              frozen = units
            }),
            inner.freeze(units)
          ),
        begin: (samples) =>
          charged(
            Effect.map(inner.begin(samples), (round) => ({
              ...round,
              value: {
                steps: round.value.steps,
                step: Effect.suspend(() =>
                  charged(round.value.step, CostModel.step(costs, Math.min(batchSize, samples.count), frozen))
                ),
                finish: charged(round.value.finish, [Ledger.cost("save", costs.save)])
              }
            })),
            begin
          )
      })
    })
  )

/** Replaces what an operation cost, and lets that much time pass. */
const charged = <A, E, R>(
  operation: Effect.Effect<Ledger.Metered<A>, E, R>,
  costs: ReadonlyArray<Ledger.Cost>
): Effect.Effect<Ledger.Metered<A>, E, R> =>
  Effect.gen(function* () {
    const { value } = yield* operation
    for (const { seconds } of costs) yield* Effect.sleep(VirtualClock.duration(seconds))
    return { value, costs }
  })

/**
 * A learner and its samples as on a device: each operation takes the seconds of a cost model at the device's pace, its
 * joules are the device's, and samples end with its battery. Needs Effect's clock to be virtual.
 */
import { EnergyMeter, modelled } from "@edgeol/core/EnergyMeter"
import type { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import { type Arrival, type Ended, type Nothing, Samples } from "@edgeol/core/Samples"
import { joules } from "@edgeol/core/Units"
import { Clock, Effect, Layer } from "effect"
import type { Energy } from "./internal/Accounts.ts"
import * as ModelledLearner from "./ModelledLearner.ts"

export interface Options extends Omit<ModelledLearner.Options, "origin"> {
  readonly energy: Energy
  /** Whose joules they are: `orin-nano@15W`. */
  readonly source: string
  /** Whether any are left. */
  readonly alive?: () => boolean
}

export const layer = (options: Options): Layer.Layer<Learner | EnergyMeter | Samples, never, Learner | Samples> => {
  const run: Run = { origin: undefined }
  return Layer.mergeAll(
    ModelledLearner.layer({ ...options, origin: () => run.origin }),
    Layer.effect(EnergyMeter, meter(options, run)),
    Layer.effect(Samples, samples(options, run))
  )
}

/** When it began, ns on the clock. */
interface Run {
  origin: bigint | undefined
}

const meter = ({ energy, source }: Options, run: Run) =>
  Effect.map(Clock.clockWith(Effect.succeed), (clock) =>
    modelled(source, (ledger) => {
      const spent = Float64Array.from(Ledger.activities, (activity) => ledger[activity] ?? 0)
      const at = run.origin === undefined ? 0 : Number(clock.monotonicTimeNanosUnsafe() - run.origin) / 1e9
      return joules(energy(spent, at))
    })
  )

/** After each arrival it is seen whether there will be another, as in `DeviceState.whileAlive`. */
const samples = ({ alive = () => true }: Options, run: Run) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const inner = yield* Samples
    let goesOn = alive()
    const look = (next: Arrival | Nothing | Ended) => {
      if (next._tag !== "Nothing") goesOn = alive()
      return next
    }
    return Samples.of({
      ...inner,
      next: (until) =>
        Effect.suspend(() => (goesOn ? Effect.map(inner.next(until), look) : Effect.succeed<Ended>({ _tag: "Ended" }))),
      start: (at, taken) =>
        Effect.andThen(
          inner.start(at, taken),
          Effect.sync(() => {
            run.origin = clock.monotonicTimeNanosUnsafe() - BigInt(Math.round(at * 1e9))
          })
        )
    })
  })

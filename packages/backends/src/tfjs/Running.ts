/** A round as the learner sees it, in this process or in one of its own. */
import type { Watched } from "@edgeol/core/Decision"
import type { Examples } from "@edgeol/core/Examples"
import { LearnerError } from "@edgeol/core/Learner"
import type { Stepped, Validation } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import { Effect } from "effect"
import * as Checkpoint from "./Checkpoint.ts"
import type { Learned } from "./Learned.ts"
import type * as Models from "./Models.ts"
import type * as Net from "./Net.ts"
import * as Round from "./Round.ts"
import * as RoundProcess from "./RoundProcess.ts"

export interface Running {
  readonly steps: number
  readonly step: Effect.Effect<Ledger.Metered<Stepped>, LearnerError>
  readonly freeze: (units: ReadonlyArray<boolean>) => Effect.Effect<void, LearnerError>
  readonly watch: (what: Watched) => Effect.Effect<void, LearnerError>
  readonly grams: (probe: Examples) => Effect.Effect<Ledger.Metered<ReadonlyArray<Float32Array>>, LearnerError>
  readonly validate: (samples: Examples) => Effect.Effect<Ledger.Metered<Validation>, LearnerError>
  /** Saves to this path and ends; what was learnt is the caller's. */
  readonly finish: (path: string) => Effect.Effect<Ledger.Metered<Learned>, LearnerError>
  /** Ends without a result. */
  readonly drop: Effect.Effect<void>
}

/** Runs a call into the engine and bills it; what it throws becomes a `LearnerError`. */
export const billed = <A>(activity: Ledger.Activity, body: () => A): Effect.Effect<Ledger.Metered<A>, LearnerError> =>
  attempt(() => {
    const started = performance.now()
    const value = body()
    return Ledger.metered(value, Ledger.cost(activity, (performance.now() - started) / 1000))
  })

export const attempt = <A>(body: () => A): Effect.Effect<A, LearnerError> =>
  Effect.try({
    try: body,
    catch: (error) =>
      error instanceof LearnerError
        ? error
        : new LearnerError({ reason: "Engine", message: `TensorFlow failed: ${(error as Error).message}` })
  })

/** In this process. What `record` gives goes into the checkpoint. */
export const warm = (
  net: Net.Net,
  training: Round.Training,
  from: Learned,
  samples: Examples,
  how: Round.How,
  record: () => { readonly saves: number; readonly reference: string }
): Effect.Effect<Ledger.Metered<Running>, LearnerError> =>
  Effect.map(
    billed("load", () => Round.begin(net, training, from, samples, how)),
    ({ value: round, costs }) => {
      const finish = (path: string) =>
        billed("save", () => {
          Checkpoint.write(path, net.model, { learned: round.learned(), ...record() })
          round.release(true)
          return round.learned()
        })
      const running: Running = {
        steps: round.steps,
        step: attempt(round.step),
        freeze: (units) => attempt(() => round.freeze(units)),
        watch: (what) => attempt(() => round.watch(what)),
        grams: (probe) => billed("probe", () => round.grams(probe)),
        validate: (of) => billed("validation", () => round.validate(of)),
        finish,
        drop: Effect.sync(() => round.release(false))
      }
      return { value: running, costs }
    }
  )

export interface Cold {
  readonly model: Models.Config
  readonly training: Round.Training
  readonly threads: number
  /** Where the round starts from. */
  readonly checkpoint: string
  readonly frozen: ReadonlyArray<boolean>
  readonly samples: Examples
  readonly how: Round.How
}

/** In a fresh process. */
export const cold = Effect.fnUntraced(function* (net: Net.Net, options: Cold) {
  const process = yield* RoundProcess.start(options.threads)
  const begun = yield* Effect.onError(process.ask({ kind: "begin", ...options }), () => process.close)
  const finish = Effect.fnUntraced(function* (path: string) {
    const saved = yield* process.ask({ kind: "finish", path })
    const exit = yield* process.close
    const loaded = yield* billed("load", () => Checkpoint.read(path, net.tf, net.model).learned)
    return { value: loaded.value, costs: [...saved.costs, exit, ...loaded.costs] }
  })
  const running: Running = {
    steps: begun.value,
    step: process.ask({ kind: "step" }),
    freeze: (units) => process.ask({ kind: "freeze", units }),
    watch: (what) => process.ask({ kind: "watch", what }),
    grams: (probe) => process.ask({ kind: "grams", probe }),
    validate: (samples) => process.ask({ kind: "validate", samples }),
    finish,
    drop: process.close
  }
  return { value: running, costs: [process.startUp, ...begun.costs] }
})

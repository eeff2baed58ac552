/** A recorded run once more, simulated: the same policy, arrivals and costs, a surrogate in place of the training. */
import { activities } from "@edgeol/core/Ledger"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import type * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Schema } from "effect"
import { CliError } from "../CliError.ts"
import type * as Tape from "../Tape.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"
import * as Workload from "../Workload.ts"

export interface Options {
  /** The seed to be like: from `Atlas.twin`; without it one of the surrogate's is drawn. */
  readonly twin?: Surrogate.Twin
  /** Runs with chance, for intervals; 0: only the expected one. */
  readonly draws: number
  /** Whose watts, where the tape's joules were measured. */
  readonly device?: string
}

export interface Again {
  /** Without chance. */
  readonly expected: Simulate.Simulated
  /** With chance, each with its own. */
  readonly drawn: ReadonlyArray<Simulate.Simulated>
  /** Why the surrogate only guesses, if it does. */
  readonly outside: string | undefined
}

export const simulate = Effect.fnUntraced(function* (
  surrogate: Surrogate.Surrogate,
  header: Tape.Header,
  { twin, draws, device = "orin-nano@15W" }: Options
) {
  const experiment = yield* Schema.decodeUnknownEffect(Experiment.Experiment)(header.experiment).pipe(
    Effect.mapError(() => new CliError({ message: "The run was recorded by another version of edgeol." }))
  )
  if (header.scenario !== undefined) {
    const message = `The run is of the scenario ${header.scenario.source}; simulate it with edgeol simulate.`
    return yield* new CliError({ message })
  }
  const { policy } = yield* PolicyFile.open(header.policy.name)
  const scenario = Scenario.ofExperiment(experiment, header.scenarios)
  const workload = header.costs === undefined ? undefined : yield* Workload.of(experiment)
  const name = header.meter.kind === "modelled" ? header.meter.source : device
  const costs = workload === undefined ? CostModel.load(experiment.model.kind) : Equipment.costs(name, workload)
  const { watts } = Equipment.power(name, workload)
  const power = Float64Array.from(activities, (activity) => watts[activity])
  let outside = header.stream === surrogate.body.stream ? undefined : `the stream ${header.stream}`
  const one = (seed: number, expected: boolean) => {
    const learner = SurrogateLearner.make(surrogate, twin === undefined ? { seed, expected } : { seed, twin, expected })
    const simulated = Simulate.run(policy, {
      timeline: Scenario.timeline(scenario, header.seed),
      learner,
      costs,
      cold: header.rounds === "cold",
      batchSize: experiment.training.batchSize,
      energy: (seconds) => joulesOf(seconds, power)
    })
    outside ??= learner.outside
    return simulated
  }
  const expected = one(header.seed, true)
  const drawn = Array.from({ length: draws }, (_, i) => one(1_000_003 * (i + 1) + header.seed, false))
  return { expected, drawn, outside } satisfies Again
})

const joulesOf = (seconds: Float64Array, power: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < seconds.length; i++) sum += seconds[i]! * power[i]!
  return sum
}

/** An emulated run foretold: the same policy, arrivals and costs, a surrogate in place of the training. */
import * as Policies from "@edgeol/core/Policies"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import type { Surrogate, Twin } from "@edgeol/sim/surrogate/Surrogate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import { Schema } from "effect"
import * as Measure from "./Measure.ts"
import * as Score from "./Score.ts"

/** Which run. */
export interface Asked {
  readonly policy: string
  readonly seed: number
  readonly rounds: "warm" | "cold"
  /** Whose joules: `orin-nano@15W`. */
  readonly meter: string
}

export interface Options {
  /** The seed to be like; without it each draw is like another one of the recorded seeds. */
  readonly twin?: Twin
  readonly draws: number
}

export interface Foretold {
  readonly values: Readonly<Record<Measure.Measure, Score.Foretold>>
  /** Why the surrogate only guesses, if it does. */
  readonly outside: string | undefined
}

/** Throws where there is no such policy or device. */
export const foretell = (surrogate: Surrogate, asked: Asked, { twin, draws }: Options): Foretold => {
  const one = simulation(surrogate, asked)
  let outside: string | undefined
  const drawn = Array.from({ length: draws }, (_, i) => {
    const seed = 1_000_003 * (i + 1) + asked.seed
    const simulated = one(twin === undefined ? { seed } : { seed, twin })
    outside ??= simulated.outside
    return Measure.of(simulated.summary)
  })
  return { values: Measure.each((measure) => Score.foretold(drawn.map((values) => values[measure]))), outside }
}

/** All that its draws share. */
export const simulation = ({ body, hash }: Surrogate, { policy: name, seed, rounds, meter }: Asked) => {
  const experiment = Schema.decodeUnknownSync(Experiment.Experiment)(body.experiment)
  const policy = Policies.parse(name)
  const scenario = Scenario.ofExperiment(experiment, body.scenes.slice(1))
  const costs = CostModel.load(experiment.model.kind)
  const { energy } = Equipment.plain(PowerModel.load(meter))
  return (luck: SurrogateLearner.Options) => {
    const learner = SurrogateLearner.make({ body, hash }, luck)
    const simulated = Simulate.run(policy, {
      timeline: Scenario.timeline(scenario, seed),
      learner,
      costs,
      cold: rounds === "cold",
      batchSize: experiment.training.batchSize,
      energy
    })
    return { summary: simulated.summary, outside: learner.outside }
  }
}

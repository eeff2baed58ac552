/** Tapes of a surrogate's own world, as `edgeol run` would write them. */
import type * as Source from "@edgeol/cli/replay/Source"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import type { Head } from "@edgeol/sim/surrogate/Head"
import * as HeadLearner from "@edgeol/sim/surrogate/HeadLearner"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import { Schema } from "effect"

/** One that is `slow` times the recorded computer, and in each round, or half second, slower or faster by a fifth or so. */
export const tape = (
  surrogate: Surrogate,
  policy: string,
  seed: number,
  slow: number,
  name = surrogate.body.stream,
  head?: Head
) => {
  const experiment = Schema.decodeUnknownSync(Experiment.Experiment)(surrogate.body.experiment)
  const scenario = Scenario.ofExperiment(experiment, surrogate.body.scenes.slice(1))
  const model = SurrogateLearner.make(surrogate, { seed })
  const rng = Rng.named(seed, "weather")
  const weather = Array.from({ length: 4000 }, () => slow * Math.exp(0.2 * rng.normal()))
  const entries: Array<Entry> = []
  Simulate.run(
    Policies.parse(policy),
    {
      timeline: Scenario.timeline(scenario, seed),
      learner: head === undefined ? model : HeadLearner.make(model, head, { seed }),
      costs: CostModel.load(experiment.model.kind),
      cold: false,
      batchSize: experiment.training.batchSize,
      ...Equipment.plain(PowerModel.load("orin-nano@15W")),
      pace: (_activity, nominal, at) => nominal * (slow === 1 ? 1 : weather[Math.floor(2 * at)]!)
    },
    (entry) => void entries.push(entry)
  )
  const header: Source.Source["header"] = {
    format: "edgeol-tape@1",
    experiment: surrogate.body.experiment,
    stream: name,
    policy: { name: policy, config: JSON.parse(JSON.stringify(Policies.parse(policy).config)) },
    seed,
    rounds: "warm",
    clock: "measured",
    meter: { kind: "modelled", source: "orin-nano@15W" },
    units: surrogate.body.units,
    scenarios: surrogate.body.scenes.slice(1),
    versions: {}
  }
  return { header, entries, file: "tape.ndjson", notes: [] } satisfies Source.Source
}

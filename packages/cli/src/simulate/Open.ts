/** From the name of a scenario or experiment to all that a simulation of it needs. */
import { dirname, join } from "node:path"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import type { Traces } from "@edgeol/sim/scenario/Sources"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import * as Subject from "../Subject.ts"
import * as Workload from "../Workload.ts"

/** A scenario with all that it names. Plain data, which can cross to a worker. */
export interface Opened {
  readonly scenario: Scenario.Scenario
  readonly traces: Traces
  readonly surrogate: Surrogate
  /** What learns on the device. */
  readonly workload: Equipment.Workload
}

/**
 * A scenario by its name or path; or an experiment by its stream's name, which then is simulated as it would be run: the
 * same arrivals for the same seed. Paths are looked for from `folder`.
 */
export const open = Effect.fnUntraced(function* (name: string, folder = ".") {
  const subject = yield* Subject.load(name, folder)
  return yield* subject._tag === "Scenario" ? scenario(subject) : experiment(subject)
})

const scenario = Effect.fnUntraced(function* ({ source, scenario, traces }: Subject.Scenario) {
  const problem = Equipment.problem(scenario)
  if (problem !== undefined) return yield* Subject.refuse(source, problem.field, problem.why)
  const surrogate = yield* surrogateOf(scenario, source)
  const learnt = yield* Experiment.load(surrogate.body.stream)
  return { scenario, traces, surrogate, workload: yield* Workload.of(learnt.experiment) } satisfies Opened
})

const experiment = Effect.fnUntraced(function* ({ name, experiment }: Experiment.Named) {
  const surrogate = yield* Atlas.of(name)
  const scenario = Scenario.ofExperiment(experiment, surrogate.body.scenes.slice(1))
  return { scenario, traces: new Map(), surrogate, workload: yield* Workload.of(experiment) } satisfies Opened
})

/** A surrogate's file is found from the folder of the scenario's. */
const surrogateOf = ({ surrogate, stream }: Scenario.Scenario, source: string) => {
  if (surrogate !== undefined)
    return surrogate.endsWith(".json") ? Atlas.load(join(dirname(source), surrogate)) : Atlas.of(surrogate)
  if (stream !== undefined) return Atlas.of(stream)
  return Effect.fail(Subject.refuse(source, "stream", "name the stream that is learnt, or a surrogate"))
}

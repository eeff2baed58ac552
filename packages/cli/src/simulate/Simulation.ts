/** One simulated run: a scenario, a policy, its devices and a seed. Pure once its parts are loaded. */
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import * as DeviceState from "@edgeol/sim/DeviceState"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Fleet from "./Fleet.ts"
import type { Opened } from "./Open.ts"

export interface Setting {
  readonly policy: Policy
  readonly seed: number
  /** `orin-nano@15W`; what `Equipment.nameOf` calls the scenario's own. */
  readonly device: string
  readonly rounds: "warm" | "cold"
}

export interface Simulated extends Fleet.Together {
  /** Why the surrogate guessed, where it did. */
  readonly outside: string | undefined
}

/** Devices run one after another; `record` is told which of them, from 0, writes a line. */
export const run = (opened: Opened, setting: Setting, record?: (entry: Entry, device: number) => void): Simulated => {
  const fleet = Fleet.make()
  let outside: string | undefined
  for (const kind of Equipment.kinds(opened.scenario, setting.device)) {
    for (let i = 0; i < kind.count; i++) {
      const device = fleet.count()
      const own = record === undefined ? undefined : (entry: Entry) => record(entry, device)
      const one = runOne(opened, setting, kind, seedOf(setting.seed, device), own)
      outside ??= one.outside
      fleet.add(one)
    }
  }
  return { ...fleet.together(), outside }
}

/** The first device meets what a single one would; each other has a day of its own. */
const seedOf = (seed: number, device: number): number =>
  device === 0 ? seed : Rng.named(seed, `device/${device}`).below(2 ** 31)

const runOne = (
  opened: Opened,
  { policy, rounds }: Setting,
  kind: Equipment.Kind,
  seed: number,
  record: ((entry: Entry) => void) | undefined
) => {
  const { scenario, traces, surrogate, workload } = opened
  const learner = SurrogateLearner.make(surrogate, { seed, ...twinOf(opened, seed) })
  const state = Equipment.state(scenario, kind, seed, workload)
  const world = {
    timeline: DeviceState.whileAlive(Scenario.timeline(scenario, seed, traces), state),
    learner,
    costs: Equipment.costs(kind.name, workload),
    cold: rounds === "cold",
    batchSize: surrogate.body.batchSize,
    energy: state.energy,
    pace: state.pace
  }
  const simulated = Simulate.run(Equipment.within(policy, kind), world, record)
  return { ...simulated, outside: learner.outside }
}

/** A recorded seed is simulated like itself; any other like one that is drawn. */
const twinOf = ({ surrogate }: Opened, seed: number) => {
  const twin = surrogate.body.twins.find((known) => known.seed === seed)
  return twin === undefined ? {} : { twin }
}

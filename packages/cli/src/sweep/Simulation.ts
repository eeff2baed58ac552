/** What a trial of a sweep is: one simulated run, its summary as a row. Loaded by workers. */
import * as Ledger from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import { named, type Policy } from "@edgeol/core/Policy"
import * as Device from "@edgeol/sim/Device"
import { Effect } from "effect"
import type { Together } from "../simulate/Fleet.ts"
import type { Opened } from "../simulate/Open.ts"
import * as Simulation from "../simulate/Simulation.ts"
import * as PolicyFile from "../verify/PolicyFile.ts"
import type { Body } from "./Pool.ts"
import type { Row } from "./Store.ts"
import type { Columns } from "./Table.ts"

export interface Shared {
  /** By the names that the plan gives them. */
  readonly scenarios: ReadonlyMap<string, Opened>
  /** Devices that were read from files. */
  readonly boards: ReadonlyMap<string, Device.Board>
  /** Policies that are in files, by what the plan says: where they are. */
  readonly files: ReadonlyMap<string, string>
}

export const columns: Columns = {
  finished: "BIGINT",
  iterations: "BIGINT",
  fineTuningSeconds: "DOUBLE",
  joules: "DOUBLE",
  accuracy: "DOUBLE",
  correct: "DOUBLE",
  requests: "BIGINT",
  latencyP50: "DOUBLE",
  latencyP99: "DOUBLE",
  ...Object.fromEntries(Ledger.activities.map((activity) => [`${activity}Seconds`, "DOUBLE"] as const)),
  /** Why the surrogate guessed, where it did. */
  outside: "VARCHAR",
  /** The tape's fingerprint. */
  tape: "VARCHAR"
}

export const body: Body<Shared> = async ({ scenarios, boards, files }) => {
  for (const [name, board] of boards) Device.add(name, board)
  const owned = new Map<string, Policy>()
  for (const [name, file] of files)
    owned.set(name, named(name, (await Effect.runPromise(PolicyFile.open(file))).policy))
  const policyOf = once((name: string) => owned.get(name) ?? Policies.parse(name))
  return ({ specification, seed, scenario, device, rounds }) => {
    const policy = policyOf(specification)
    const simulated = Simulation.run(scenarios.get(scenario)!, { policy, seed, device, rounds })
    return { ...row(simulated), outside: simulated.outside ?? null }
  }
}

const row = ({ summary, fingerprint }: Together): Row => ({
  finished: summary.rounds,
  iterations: summary.iterations,
  fineTuningSeconds: summary.fineTuningSeconds,
  joules: summary.joules,
  accuracy: summary.accuracy,
  correct: summary.correct,
  requests: summary.requests,
  latencyP50: summary.latencySeconds.p50,
  latencyP99: summary.latencySeconds.p99,
  ...Object.fromEntries(Ledger.activities.map((activity) => [`${activity}Seconds`, summary.seconds[activity] ?? 0])),
  tape: fingerprint
})

/** Remembers what was made of each name. */
const once = <Name extends string, A>(make: (name: Name) => A): ((name: Name) => A) => {
  const known = new Map<Name, A>()
  return (name) => {
    const had = known.get(name)
    if (had !== undefined) return had
    const made = make(name)
    known.set(name, made)
    return made
  }
}

/** Tapes to draw: the small world of the laws, in which three scenes follow each other, under several policies. */
import * as Comparison from "@edgeol/cli/Comparison"
import type { Header, Tape } from "@edgeol/cli/Tape"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import type { Arrival } from "@edgeol/core/Samples"
import * as Summary from "@edgeol/core/Summary"
import { seconds } from "@edgeol/core/Units"
import type { Scenario } from "../../arbitraries/Scenario.ts"
import * as World from "../../arbitraries/World.ts"

const scenes = 4
const batchesPerScene = 12
const requestsPerScene = 60

/** Times are whole milliseconds. */
const times = (rng: Rng.Rng, count: number, from: number) =>
  Array.from({ length: count }, () => Math.round(1000 * from + 10_000 * rng.next()) / 1000)

const scene = (seed: number, id: number): ReadonlyArray<Arrival> => {
  const at = 10 * (id - 1)
  const batches = times(Rng.named(seed, `batches/${id}`), batchesPerScene, at)
  const requests = times(Rng.named(seed, `requests/${id}`), requestsPerScene, at)
  return [
    { _tag: "Scenario", at: seconds(at), id, name: `scene ${id}` },
    ...batches.map((at): Arrival => ({ _tag: "Batch", at: seconds(at), id: 0, samples: 4 })),
    ...requests.map((at): Arrival => ({ _tag: "Request", at: seconds(at), id: 0 }))
  ]
}

/** Batches and requests numbered over the run. */
const numbered = (arrivals: ReadonlyArray<Arrival>): ReadonlyArray<Arrival> => {
  const next = { Batch: 0, Request: 0 }
  return arrivals
    .toSorted((a, b) => a.at - b.at)
    .map((arrival) => (arrival._tag === "Scenario" ? arrival : { ...arrival, id: next[arrival._tag]++ }))
}

export const scenario = (seed: number): Scenario => ({
  units: 5,
  arrivals: numbered(Array.from({ length: scenes }, (_, i) => scene(seed, i + 1)).flat()),
  costs: {
    startUp: 60,
    load: 10,
    forward: 12,
    backward: 22,
    optimiser: 4,
    probe: 6,
    validation: 8,
    head: 8,
    save: 15,
    inference: 3
  },
  nanEvery: 0,
  budget: 0
})

export const tape = (policyName: string, seed: number, header: Partial<Header> = {}): Tape => {
  const policy = Policies.parse(policyName)
  const world = scenario(seed)
  return {
    header: {
      format: "edgeol-tape@1",
      experiment: { ...world.costs },
      stream: "scenes@1",
      policy: { name: policyName, config: JSON.parse(JSON.stringify(policy.config)) },
      seed,
      rounds: "warm",
      clock: "modelled",
      meter: { kind: "modelled", source: "1 W while busy" },
      units: Array.from({ length: world.units }, (_, i) => `unit ${i}`),
      scenarios: world.arrivals.flatMap((arrival) => (arrival._tag === "Scenario" ? [arrival.name] : [])),
      versions: { edgeol: "0.1.0", node: process.versions.node },
      ...header
    },
    entries: World.run(policy, world).tape
  }
}

export const tapes = (policies: ReadonlyArray<string>, seeds: ReadonlyArray<number>): ReadonlyArray<Tape> =>
  policies.flatMap((policy) => seeds.map((seed) => tape(policy, seed)))

export const compare = (of: ReadonlyArray<Tape>): Comparison.Comparison => {
  const runs = Map.groupBy(of, ({ header }) => header.policy.name)
  const lines = [...runs].map(([name, own]) => [
    name,
    own.map(({ header, entries }) => Comparison.run(header.seed, Summary.summarise(entries)))
  ])
  return Comparison.compare(Object.fromEntries(lines))
}

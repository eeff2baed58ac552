/** The built-in policies with configurations of all sorts, alone and under guards: as data, so a failure prints them. */
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import fc from "fast-check"

const upTo = (max: number) => fc.integer({ min: 1, max })
const hundredths = (max: number) => fc.integer({ min: 0, max: 100 * max }).map((value) => value / 100)

const frequency = fc
  .record(
    {
      needMin: upTo(3),
      needMax: fc.integer({ min: 3, max: 9 }),
      gain: hundredths(1),
      pull: hundredths(2),
      window: upTo(8),
      gridSize: upTo(40),
      trustAbove: hundredths(1),
      trainOnChange: fc.boolean()
    },
    { requiredKeys: [] }
  )
  .map((config): object => config)

const freeze = fc
  .record(
    {
      every: upTo(8),
      settled: hundredths(1),
      hits: upTo(3),
      thaw: hundredths(1),
      prefix: fc.boolean(),
      keepLast: upTo(3)
    },
    { requiredKeys: [] }
  )
  .map((config): object => config)

const energyScore = fc.record({ window: upTo(6), z: upTo(4) }, { requiredKeys: [] }).map((config): object => config)

const prequential = fc
  .record({ z: upTo(4), smoothing: hundredths(1) }, { requiredKeys: [] })
  .map((config): object => config)

const detector = fc.constantFrom("both", "energy", "labels", "oracle", "none")

/** Configurations of each built-in policy, by its name in `Policies.all`. */
export const anyConfig: Readonly<Record<string, fc.Arbitrary<object>>> = {
  never: fc.constant({}),
  immediate: fc.constant({}),
  periodic: fc.record({ every: upTo(5) }),
  frequency,
  freeze,
  prefix: fc.record({ units: upTo(7) }),
  edgeol: fc.record({ frequency, freeze, detector, energy: energyScore, labels: prequential }, { requiredKeys: [] })
}

const guards = {
  energyBudget: fc.record({ capacity: hundredths(50), income: hundredths(1), round: hundredths(5) }),
  maxWait: fc.record({ seconds: upTo(2000).map((millis) => millis / 1000) })
}

export interface Specification {
  readonly name: string
  readonly config: object
  readonly energyBudget?: typeof EnergyBudget.Config.Encoded
  readonly maxWait?: typeof MaxWait.Config.Encoded
}

/** A built-in policy, half of the time under a guard. */
export const anySpecification = (): fc.Arbitrary<Specification> =>
  fc
    .constantFrom(...Object.keys(anyConfig))
    .chain((name) =>
      fc.record({ name: fc.constant(name), config: anyConfig[name]!, ...guards }, { requiredKeys: ["name", "config"] })
    ) as fc.Arbitrary<Specification>

/** The policy that a specification describes; the energy budget is the outer guard. */
export const build = ({ name, config, energyBudget, maxWait }: Specification): Policy => {
  const bare = Policies.all[name]!.make(config)
  const waiting = maxWait === undefined ? bare : MaxWait.guard(maxWait)(bare)
  return energyBudget === undefined ? waiting : EnergyBudget.guard(energyBudget)(waiting)
}

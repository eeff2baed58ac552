/** The built-in policies with configurations of all sorts, alone, beside recipes and under guards: as data, so a failure prints them. */
import * as Decision from "@edgeol/core/Decision"
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import * as MaxWait from "@edgeol/core/guards/MaxWait"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import type { Recipe } from "@edgeol/core/Recipe"
import fc from "fast-check"
import { anyRecipe } from "./Decision.ts"

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

const of = fc.constantFrom("errors", "energy")

/** Some of these fields. */
const some = (fields: { readonly [field: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys: [] }).map((config): object => config)

/** Configurations of each built-in policy, by its name in `Policies.all`. */
export const anyConfig: Readonly<Record<string, fc.Arbitrary<object>>> = {
  never: fc.constant({}),
  immediate: fc.constant({}),
  periodic: fc.record({ every: upTo(5) }),
  "back-off": some({ first: upTo(3), factor: upTo(3), most: upTo(9) }),
  "error-budget": some({ errors: upTo(9), most: upTo(6) }),
  cara: some({
    variant: fc.constantFrom("threshold", "cumulative", "periodic"),
    price: hundredths(2),
    relative: fc.boolean(),
    every: upTo(4)
  }),
  drift: some({ most: upTo(6) }),
  frequency,
  prefix: fc.record({ units: upTo(7) }),
  "last-k": fc.record({ units: upTo(7) }),
  linear: some({ steps: upTo(60), start: hundredths(1), level: hundredths(1) }),
  "pipe-transformer": some({ share: hundredths(1), steps: upTo(20) }),
  "auto-freeze": some({ every: upTo(8), percentile: hundredths(1) }),
  egeria: some({ every: upTo(4), window: fc.integer({ min: 2, max: 4 }), tolerance: hundredths(1), hits: upTo(3) }),
  "slim-fit": some({ rate: hundredths(1), every: upTo(4) }),
  freeze,
  epochs: fc.record({ epochs: upTo(4) }),
  hard: fc.record({ share: upTo(10).map((value) => value / 10) }),
  replay: fc
    .record(
      { samples: upTo(5), store: fc.constantFrom("balanced", "uniform"), capacity: upTo(20) },
      { requiredKeys: ["samples"] }
    )
    .map((config): object => config),
  cached: fc.constant({}),
  settled: some({
    loss: hundredths(4),
    smoothing: hundredths(1),
    patience: upTo(9),
    fall: hundredths(1),
    least: upTo(5)
  }),
  fresh: fc.constant({}),
  simsiam: some({ weight: upTo(4).map((value) => value / 4) }),
  rigl: some({ density: upTo(10).map((value) => value / 10), every: upTo(4), drop: hundredths(1) }),
  adwin: some({ of, delta: upTo(99).map((value) => value / 100), buckets: upTo(5) }),
  ddm: some({ of, minimum: upTo(20), deviations: upTo(3) }),
  kswin: fc.record({
    of,
    window: fc.integer({ min: 6, max: 30 }),
    newest: upTo(5),
    alpha: upTo(99).map((value) => value / 100)
  }),
  "page-hinkley": some({ of, minimum: upTo(20), delta: hundredths(1), lambda: upTo(4), alpha: hundredths(1) }),
  energy: energyScore,
  labels: prequential,
  oracle: fc.constant({}),
  blind: fc.constant({}),
  head: some({ batches: fc.nat(3) }),
  ekya: some({
    window: fc.integer({ min: 2, max: 5 }),
    prefixes: upTo(3),
    trial: upTo(4),
    epochs: upTo(9),
    shares: upTo(3),
    end: hundredths(1),
    price: hundredths(1),
    batchSize: upTo(8)
  }),
  breakEven: some({
    depths: upTo(3),
    shares: upTo(3),
    epochs: fc.nat(3),
    price: hundredths(20),
    fixed: hundredths(5),
    perBatch: hundredths(2),
    prior: hundredths(1),
    smoothing: hundredths(1),
    judgeAfter: upTo(5),
    randomised: fc.boolean(),
    seed: upTo(9)
  }),
  edgeol: fc.record({ frequency, freeze, detector, energy: energyScore, labels: prequential }, { requiredKeys: [] })
}

const around = {
  recipes: fc.array(anyRecipe(), { maxLength: 3 }),
  energyBudget: fc.record({ capacity: hundredths(50), income: hundredths(1), round: hundredths(5) }),
  maxWait: fc.record({ seconds: upTo(2000).map((millis) => millis / 1000) })
}

export interface Specification {
  readonly name: string
  readonly config: object
  /** Said in turn, one at each batch. */
  readonly recipes?: ReadonlyArray<Recipe>
  readonly energyBudget?: typeof EnergyBudget.Config.Encoded
  readonly maxWait?: typeof MaxWait.Config.Encoded
}

/** A built-in policy, half of the time under a guard, half of the time beside recipes. */
export const anySpecification = (): fc.Arbitrary<Specification> =>
  fc
    .constantFrom(...Object.keys(anyConfig))
    .chain((name) =>
      fc.record({ name: fc.constant(name), config: anyConfig[name]!, ...around }, { requiredKeys: ["name", "config"] })
    ) as fc.Arbitrary<Specification>

/** The policy that a specification describes; the energy budget is the outer guard. */
export const build = ({ name, config, recipes = [], energyBudget, maxWait }: Specification): Policy.Policy => {
  const alone = Policies.all[name]!.make(config)
  const bare = recipes.length === 0 ? alone : Policy.both(name, alone, reciting(recipes))
  const waiting = maxWait === undefined ? bare : MaxWait.guard(maxWait)(bare)
  return energyBudget === undefined ? waiting : EnergyBudget.guard(energyBudget)(waiting)
}

const reciting = (recipes: ReadonlyArray<Recipe>): Policy.Policy<number> =>
  Policy.make({
    name: "reciting",
    config: recipes,
    initial: 0,
    decide: (_, said, { _tag }) =>
      _tag === "BatchArrived" ? [said + 1, Decision.recipe(recipes[said % recipes.length]!)] : [said, Decision.wait]
  })

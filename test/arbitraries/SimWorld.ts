/**
 * Small simulated worlds, with a learner whose knowledge is the number of steps it took in each scene. Each call makes
 * one afresh, for a run uses it up.
 */
import type { Validation } from "@edgeol/core/Learner"
import { activities } from "@edgeol/core/Ledger"
import * as Recipe from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import type { Arrival } from "@edgeol/core/Samples"
import type * as CostModel from "@edgeol/sim/CostModel"
import * as DeviceState from "@edgeol/sim/DeviceState"
import type { World } from "@edgeol/sim/Simulate"
import type { Batch, SimLearner } from "@edgeol/sim/SimLearner"
import * as Timeline from "@edgeol/sim/Timeline"
import fc from "fast-check"
import { anyScenario } from "./Scenario.ts"

export interface Options {
  readonly arrivals?: number
}

/** Makes a world. */
export const anySimWorld = (options: Options = {}): fc.Arbitrary<() => World> =>
  fc
    .tuple(anyScenario(options), anyCosts, fc.boolean(), fc.integer({ min: 1, max: 4 }), anyDevice)
    .map(([scenario, costs, cold, batchSize, device]) => () => {
      const state = DeviceState.make(device())
      return {
        timeline: DeviceState.whileAlive(timelineOf(scenario.arrivals), state),
        learner: learner(scenario.units, scenario.nanEvery),
        costs,
        cold,
        batchSize,
        energy: state.energy,
        pace: state.pace
      }
    })

const millis = (max: number) => fc.integer({ min: 0, max }).map((value) => value / 1000)
const affine = fc.record({
  fixed: millis(20),
  perSample: fc.integer({ min: 1, max: 5000 }).map((value) => value / 1e6)
})

const anyCosts: fc.Arbitrary<CostModel.CostModel> = fc.record({
  name: fc.constant("drawn"),
  source: fc.constant("fast-check"),
  startUp: millis(2000),
  load: millis(100),
  save: millis(50),
  optimiser: millis(5),
  forward: affine,
  backward: affine,
  forwardByDepth: fc.constantFrom([1, 0.75, 0.5], [1]),
  backwardByDepth: fc.constantFrom([1, 0.5, 0.25, 0.01], [1, 0.5], [1]),
  inference: affine,
  probe: affine,
  validation: affine,
  head: affine
})

const watts = (base: number) =>
  Object.fromEntries(activities.map((name, i) => [name, name === "idle" ? 2 : base + i])) as DeviceState.Mode["watts"]

const anyMode = fc
  .record({ at: fc.integer({ min: 1, max: 60 }), slowness: fc.constantFrom(0.5, 1.25, 3), base: fc.nat({ max: 9 }) })
  .map(({ at, slowness, base }) => ({ at, slowness, watts: watts(base) }))

/** Throttles within seconds, if it has a thermal model. */
const anyThermal = fc.option(
  fc.record({
    resistance: fc.integer({ min: 1, max: 9 }),
    capacity: fc.integer({ min: 1, max: 9 }),
    ambient: fc.constant(20),
    throttleAt: fc.integer({ min: 21, max: 60 }),
    factor: fc.constantFrom(0.25, 0.5)
  }),
  { nil: undefined }
)

/** Makes a device of its own each time, for a state is used up too. */
const anyDevice: fc.Arbitrary<() => DeviceState.Options> = fc
  .tuple(
    fc.array(anyMode, { maxLength: 2 }),
    anyThermal,
    fc.option(fc.integer({ min: 20, max: 2000 }), { nil: undefined }),
    fc.boolean()
  )
  .map(([modes, thermal, battery, draws]) => () => {
    const rng = Rng.named(1, "service")
    const first: DeviceState.Mode = { at: 0, slowness: 1, watts: watts(5) }
    const service = draws ? () => rng.exponential() / 100 : undefined
    return { modes: [first, ...modes.toSorted((a, b) => a.at - b.at)], thermal, battery, service }
  })

const kinds = { Scenario: Timeline.scenario, Batch: Timeline.batch, Request: Timeline.request } as const

/** Scenes begin where borders are. */
export const timelineOf = (arrivals: ReadonlyArray<Arrival>): Timeline.Timeline => {
  let position = -1
  let scene = 0
  const now = () => arrivals[position]!
  return {
    next() {
      position += 1
      if (position >= arrivals.length) return false
      if (now()._tag === "Scenario") scene = now().id
      return true
    },
    get at() {
      return now().at
    },
    get kind() {
      return kinds[now()._tag]
    },
    get id() {
      return now().id
    },
    get samples() {
      const arrival = now()
      return arrival._tag === "Batch" ? arrival.samples : 0
    },
    get validation() {
      return now().id % 3
    },
    get scene() {
      return scene
    }
  }
}

/** Accuracy in a scene is `1 - 0.9 / (1 + steps / 12)`. Every so many measurements one is NaN; 0: none. */
const learner = (units: number, nanEvery: number): SimLearner => {
  let serving: ReadonlyArray<number> = [40]
  let training: Array<number> | undefined
  let learnt: ReadonlyArray<Batch> = []
  let [taken, measured, thawed] = [0, 0, units]
  let recipe: Recipe.Recipe = {}
  const measure = (value: number) => (nanEvery > 0 && ++measured % nanEvery === 0 ? NaN : value)
  const foreign = (steps: ReadonlyArray<number>, scene: number) => 1 / (1 + (steps[scene] ?? 0) / 12)
  const judge = (batches: ReadonlyArray<Batch>, size: (batch: Batch) => number): Validation => {
    const samples = batches.reduce((sum, batch) => sum + size(batch), 0)
    const far = batches.reduce((sum, b) => sum + size(b) * foreign(training ?? serving, b.scene), 0) / samples
    return {
      accuracy: measure(1 - 0.9 * far),
      loss: 4 * far,
      energyMean: -12 + 10 * far,
      energyDeviation: Math.sqrt(far)
    }
  }
  return {
    units,
    answer(request, scene, to) {
      const far = foreign(serving, scene)
      to.energy = measure(-12 + 10 * far + ((request * 37) % 100) / 50)
      to.confidence = 1 - far
      to.accuracy = 1 - 0.9 * far
      to.correct = (request * 61) % 100 < 100 * to.accuracy
    },
    begin(batches) {
      ;[training, learnt, taken] = [[...serving], batches, 0]
      const samples = batches.reduce((sum, batch) => sum + batch.samples, 0)
      return Recipe.selected(recipe, samples) * (recipe.epochs ?? 1)
    },
    step() {
      const { scene } = learnt[taken++ % learnt.length]!
      const loss = 4 * foreign(training!, scene)
      training![scene] = (training![scene] ?? 0) + thawed / units
      return measure(loss)
    },
    finish() {
      ;[serving, training] = [training!, undefined]
    },
    freeze(frozen) {
      thawed = frozen.filter((is) => !is).length
    },
    recipe(of) {
      recipe = of
    },
    probe(batches) {
      const steps = (training ?? serving).reduce((sum, more) => sum + (more || 0), 0)
      return Array.from({ length: units }, (_, unit) =>
        measure(1 - 0.02 * batches[0]!.scene - (0.4 * (unit + 1) * steps) / (units * (steps + 10)))
      )
    },
    validate: (batches) => judge(batches, ({ validation }) => validation),
    pretest: (batch) => judge([batch], ({ samples }) => samples),
    adapt({ scene }) {
      const before = 1 - 0.9 * foreign(serving, scene)
      serving = Object.assign([...serving], { [scene]: (serving[scene] ?? 0) + 1 })
      return measure(before)
    }
  }
}

/**
 * Core's services made from a scenario, and runs in it. Nothing is pretended: the learner is a small model whose
 * knowledge is the number of steps it took in each scene, and it sleeps what its scenario says that work takes.
 *
 * A sample is two bytes: its scene and a running number. A scene is foreign by `f = 1 / (1 + steps / 12)`; loss, energy
 * and accuracy follow from that.
 */
import type { Watched } from "@edgeol/core/Decision"
import { EnergyMeter, modelled } from "@edgeol/core/EnergyMeter"
import type { Examples } from "@edgeol/core/Examples"
import type { Entry, Snapshot } from "@edgeol/core/Journal"
import { Journal } from "@edgeol/core/Journal"
import { Learner, type Prediction, type Round, type Validation } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Loop from "@edgeol/core/Loop"
import * as Recipe from "@edgeol/core/Recipe"
import type { Policy } from "@edgeol/core/Policy"
import { type Arrival, type Ended, type Nothing, Samples, SamplesError } from "@edgeol/core/Samples"
import { Scorer } from "@edgeol/core/Scorer"
import { joules, type Seconds, seconds } from "@edgeol/core/Units"
import * as VirtualClock from "@edgeol/core/VirtualClock"
import { Clock, Context, Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import type { Costs, Scenario } from "./Scenario.ts"

/** What a run leaves behind: its tape, and each snapshot with the length of the tape it was taken at. */
export interface Record {
  readonly tape: Array<Entry>
  readonly snapshots: Array<{ readonly entries: number; readonly state: Snapshot }>
}

/** Runs a policy through a scenario on a virtual clock, from the start or on from a snapshot of an earlier run. */
export const run = (policy: Policy, scenario: Scenario, from?: Snapshot): Record => {
  const record: Record = { tape: [], snapshots: [] }
  const world = Effect.provide(Loop.run(policy), layer(scenario, record, from))
  Effect.runSync(Effect.provideService(world, Clock.Clock, VirtualClock.make()))
  return record
}

/** The same under Effect's test clock, in a fiber that really sleeps. */
export const runOnTestClock = async (policy: Policy, scenario: Scenario): Promise<Record> => {
  const record: Record = { tape: [], snapshots: [] }
  const world = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.provide(Loop.run(policy), layer(scenario, record)))
    yield* TestClock.adjust("1 day")
    yield* Fiber.join(fiber)
  })
  await Effect.runPromise(Effect.provide(world, TestClock.layer()))
  return record
}

/** All services but the clock. */
export const layer = (scenario: Scenario, record: Record, from?: Snapshot) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const mind: Mind = {
        serving: ignorant(scenario),
        training: undefined,
        frozen: [],
        watch: "nothing",
        recipe: {},
        measured: 0
      }
      return Context.make(Learner, learner(scenario, mind)).pipe(
        Context.add(Samples, yield* samples(scenario)),
        Context.add(Scorer, scorer(scenario, mind)),
        Context.add(EnergyMeter, meter),
        Context.add(Journal, journal(record, from))
      )
    })
  )

/** Steps taken in each scene, and by each unit while it was not frozen. */
interface Knowledge {
  readonly scenes: ReadonlyArray<number>
  readonly units: ReadonlyArray<number>
}

interface Mind {
  serving: Knowledge
  training: Knowledge | undefined
  frozen: ReadonlyArray<boolean>
  watch: Watched
  recipe: Recipe.Recipe
  /** Measurements made, for the scenario's NaNs. */
  measured: number
}

/** It learnt scene 0 before it was deployed. */
const ignorant = ({ arrivals, units }: Scenario): Knowledge => ({
  scenes: [40, ...arrivals.filter(({ _tag }) => _tag === "Scenario").map(() => 0)],
  units: Array.from({ length: units }, () => 0)
})

const foreignness = ({ scenes }: Knowledge, scene: number): number => 1 / (1 + (scenes[scene] ?? 0) / 12)

const accuracyIn = (knowledge: Knowledge, scene: number): number => 1 - 0.9 * foreignness(knowledge, scene)

/** Free energy of a sample, nats: -12 where familiar, -2 where foreign, and a wiggle of its own. */
const energyOf = (knowledge: Knowledge, scene: number, number: number): number =>
  -12 + 10 * foreignness(knowledge, scene) + ((number * 37) % 100) / 50

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

const sceneOf = (examples: Examples, i: number) => examples.inputs[2 * i]!
const numberOf = (examples: Examples, i: number) => examples.inputs[2 * i + 1]!
const positions = (examples: Examples) => Array.from({ length: examples.count }, (_, i) => i)

/** Sleeps what the activities take, ms, then gives the result with its costs. */
const spend = <A>(result: () => A, spent: Partial<Costs>) => {
  const costs = Object.entries(spent).map(([activity, ms]) => Ledger.cost(activity as Ledger.Activity, ms / 1000))
  const total = seconds(costs.reduce((sum, cost) => sum + cost.seconds, 0))
  return Effect.map(Effect.sleep(VirtualClock.duration(total)), () => Ledger.metered(result(), ...costs))
}

const learner = (scenario: Scenario, mind: Mind): Learner["Service"] => {
  const { startUp, load, save, probe, validation, head, inference } = scenario.costs
  const measure = (value: number) => (scenario.nanEvery > 0 && ++mind.measured % scenario.nanEvery === 0 ? NaN : value)
  const judged = () => mind.training ?? mind.serving
  return {
    units: ignorant(scenario).units.map((_, unit) => `unit ${unit}`),
    predict: (inputs) => spend(() => predict(mind.serving, inputs, measure), { inference }),
    begin: (learnt) =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.sync(() => void (mind.training = undefined)))
        return yield* spend(() => begin(scenario, mind, learnt, measure), { startUp, load })
      }),
    freeze: (units) => Effect.sync(() => void (mind.frozen = units)),
    recipe: (recipe) => Effect.sync(() => void (mind.recipe = recipe)),
    watch: (what) => Effect.sync(() => void (mind.watch = what)),
    probe: (of) => spend(() => similarity(judged(), sceneOf(of, 0)).map(measure), { probe }),
    compare: (of) =>
      spend(() => similarity(judged(), sceneOf(of, 0)).map((value) => measure((1 - value) / 16)), { probe }),
    validate: (held) => spend(() => validate(judged(), held, measure), { validation }),
    adapt: (fresh) => spend(() => adapt(mind, fresh, measure), { head }),
    save: spend(() => JSON.stringify(mind.serving), { save }),
    restore: (checkpoint) => spend(() => void (mind.serving = JSON.parse(checkpoint)), { load })
  }
}

const predict = (knowledge: Knowledge, inputs: Examples, measure: (value: number) => number): Prediction => {
  const right = (i: number) => (numberOf(inputs, i) * 61) % 100 < 100 * accuracyIn(knowledge, sceneOf(inputs, i))
  const energies = positions(inputs).map((i) => measure(energyOf(knowledge, sceneOf(inputs, i), numberOf(inputs, i))))
  return {
    labels: Int32Array.from(positions(inputs), (i) => (right(i) ? sceneOf(inputs, i) : -1)),
    energy: Float32Array.from(energies),
    confidence: Float32Array.from(positions(inputs), (i) => accuracyIn(knowledge, sceneOf(inputs, i)))
  }
}

/** The head learns as much from a batch as two steps do. */
const adapt = (mind: Mind, fresh: Examples, measure: (value: number) => number): number => {
  const scene = sceneOf(fresh, 0)
  const before = accuracyIn(mind.serving, scene)
  mind.serving = practise(practise(mind.serving, scene, mind.frozen), scene, mind.frozen)
  return measure(before)
}

/** One step for each sample that the recipe leaves, in each epoch. */
const begin = ({ costs }: Scenario, mind: Mind, learnt: Examples, measure: (value: number) => number): Round => {
  let taken = 0
  mind.training = mind.serving
  const step = () => {
    const scene = sceneOf(learnt, taken++ % learnt.count)
    const loss = 4 * foreignness(mind.training!, scene)
    const before = mind.training!
    mind.training = practise(before, scene, mind.frozen)
    if (mind.watch === "nothing") return { loss: measure(loss) }
    const units = before.units.map((steps, i) => (mind.frozen[i] === true ? NaN : measure(unrest(steps, i))))
    return { loss: measure(loss), units }
  }
  const finish = () => {
    mind.serving = mind.training!
    return JSON.stringify(mind.serving)
  }
  return {
    steps: Recipe.selected(mind.recipe, learnt.count) * (mind.recipe.epochs ?? 1),
    step: Effect.suspend(() => spend(step, stepCosts(costs, mind.frozen))),
    finish: spend(finish, { save: costs.save })
  }
}

/** Gradient or change of a unit: it settles as the unit learns, those near the output later. */
const unrest = (steps: number, unit: number) => (1 + unit) / (1 + steps / 10)

/** A frozen prefix cuts the backward pass. */
const stepCosts = ({ forward, backward, optimiser }: Costs, frozen: ReadonlyArray<boolean>) => {
  const open = frozen.indexOf(false)
  return { forward, backward: Math.round((backward * (frozen.length - open)) / frozen.length), optimiser }
}

const practise = (knowledge: Knowledge, scene: number, frozen: ReadonlyArray<boolean>): Knowledge => ({
  scenes: knowledge.scenes.map((steps, i) => (i === scene ? steps + 1 : steps)),
  units: knowledge.units.map((steps, unit) => (frozen[unit] === true ? steps : steps + 1))
})

/** Units near the output move away from the initial model further; another scene's probe shows it a little otherwise. */
const similarity = ({ units }: Knowledge, scene: number): ReadonlyArray<number> =>
  units.map((steps, unit) => 1 - 0.02 * scene - (0.4 * (unit + 1) * steps) / (units.length * (steps + 10)))

const validate = (knowledge: Knowledge, held: Examples, measure: (value: number) => number): Validation => {
  const energies = positions(held).map((i) => energyOf(knowledge, sceneOf(held, i), numberOf(held, i)))
  const energyMean = mean(energies)
  return {
    accuracy: measure(mean(positions(held).map((i) => accuracyIn(knowledge, sceneOf(held, i))))),
    loss: mean(positions(held).map((i) => 4 * foreignness(knowledge, sceneOf(held, i)))),
    energyMean,
    energyDeviation: Math.sqrt(mean(energies.map((energy) => (energy - energyMean) ** 2)))
  }
}

/** `count` samples of a scene, numbered from `first`. */
const draw = (scene: number, first: number, count: number): Examples => ({
  count,
  shape: [1, 1, 2],
  inputs: Uint8Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? scene : first + (i - 1) / 2)),
  labels: new Int32Array(count).fill(scene)
})

/** The scene in which each batch, or request, arrives. */
const scenesOf = ({ arrivals }: Scenario, tag: "Batch" | "Request"): ReadonlyArray<number> => {
  let scene = 0
  return arrivals.flatMap((arrival) => {
    if (arrival._tag === "Scenario") scene = arrival.id
    return arrival._tag === tag ? [scene] : []
  })
}

const nanos = (at: Seconds) => BigInt(Math.round(at * 1e9))

const samples = (scenario: Scenario): Effect.Effect<Samples["Service"]> =>
  Effect.map(Clock.clockWith(Effect.succeed), (clock): Samples["Service"] => {
    const [batches, requests] = [scenesOf(scenario, "Batch"), scenesOf(scenario, "Request")]
    const sizes = scenario.arrivals.flatMap((arrival) => (arrival._tag === "Batch" ? [arrival.samples] : []))
    let position = 0
    let origin = 0n
    const wait = (at: Seconds) => {
      const left = nanos(at) - (clock.monotonicTimeNanosUnsafe() - origin)
      return left > 0n ? Effect.sleep(VirtualClock.duration(seconds(Number(left) / 1e9))) : Effect.void
    }
    return {
      shape: [1, 1, 2],
      next: (until) =>
        Effect.suspend((): Effect.Effect<Arrival | Nothing | Ended> => {
          const arrival = scenario.arrivals[position]
          if (arrival === undefined) return Effect.succeed({ _tag: "Ended" })
          if (arrival.at > until) return Effect.as(wait(until), { _tag: "Nothing" })
          position += 1
          return Effect.as(wait(arrival.at), arrival)
        }),
      batch: (id) =>
        batches[id] === undefined
          ? Effect.fail(new SamplesError({ message: `There is no batch ${id}.` }))
          : Effect.succeed({ train: draw(batches[id], id, sizes[id]!), validation: draw(batches[id], id + 100, 2) }),
      request: (id) => Effect.succeed(draw(requests[id]!, id, 1)),
      start: (at, taken) =>
        Effect.sync(() => {
          position = taken
          origin = clock.monotonicTimeNanosUnsafe() - nanos(at)
        })
    }
  })

const scorer = (scenario: Scenario, mind: Mind): Scorer["Service"] => {
  const scenes = scenesOf(scenario, "Request")
  return {
    score: (request, { labels }) =>
      Effect.succeed({
        accuracy: accuracyIn(mind.serving, scenes[request]!),
        correct: labels[0] === scenes[request]
      })
  }
}

/** Watts of each activity, from an idle board to a busy one. */
const meter = modelled("scripted", (ledger) =>
  joules(
    Ledger.activities.reduce((sum, activity, i) => sum + (ledger[activity] ?? 0) * (activity === "idle" ? 2 : 5 + i), 0)
  )
)

const journal = (record: Record, from: Snapshot | undefined): Journal["Service"] => ({
  append: (entry) => Effect.sync(() => void record.tape.push(entry)),
  snapshot: (state) => Effect.sync(() => void record.snapshots.push({ entries: record.tape.length, state })),
  resume: Effect.succeed(Option.fromUndefinedOr(from))
})

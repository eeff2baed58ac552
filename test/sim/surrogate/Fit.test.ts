/** Runs made by a known model: what is fitted on some foretells the others. */
import * as Rng from "@edgeol/core/Rng"
import type { Batch } from "@edgeol/sim/SimLearner"
import * as Accuracy from "@edgeol/sim/surrogate/Accuracy"
import * as Dynamics from "@edgeol/sim/surrogate/Dynamics"
import * as Fit from "@edgeol/sim/surrogate/Fit"
import * as Recording from "@edgeol/sim/surrogate/Recording"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import { expect, test } from "vitest"

const scenes = 3
const perScene = 12

const truth = (seed: number): Dynamics.Model => {
  const rng = Rng.named(seed, "truth")
  const near = (value: number) => value + 0.06 * rng.normal()
  return {
    scenes,
    ceiling: Float64Array.from([0.9, 0.8, 0.7], near),
    start: Float64Array.from([0.85, 0.3, 0.1], near),
    cross: Float64Array.from([0, 0.4, 0.4, 0.3, 0, 0.2, 0.1, 0.1, 0]),
    learn: 0.03,
    square: 0.05,
    forget: 0.02,
    drift: 0.05,
    few: 1,
    lack: Float64Array.of(0.2, 0.1, 0.05),
    speed: Float64Array.of(1, 0.6),
    reach: Float64Array.of(1, 0.9),
    narrow: Float64Array.of(1, 0.8)
  }
}

/** A run that merges `need` batches, on a model of the truth whose sights scatter. */
const recorded = (seed: number, policy: string, need: (round: number) => number, depth: (round: number) => number) => {
  const model = truth(seed)
  const rng = Rng.named(seed, policy)
  const rounds: Array<Recording.Round> = []
  const sights: Array<Recording.Sight> = []
  let waiting: Array<Batch> = []
  const requests = new Map<number, number>()
  const state = Dynamics.begin(model)
  const shares = new Float64Array(scenes)
  const aims = new Float64Array(scenes)
  const look = () => {
    for (let scene = 0; scene < scenes; scene++) {
      const scatter = rounds.length === 0 ? 0 : 0.03 * rng.normal()
      const accuracy = Dynamics.accuracy(model, state, scene) + scatter
      sights.push({ version: rounds.length, scene, accuracy, requests: requests.get(scene) ?? 0 })
    }
    requests.clear()
  }
  for (let id = 0; id < (scenes - 1) * perScene; id++) {
    const scene = 1 + Math.floor(id / perScene)
    waiting.push({ id, scene, samples: 16, validation: 8 })
    requests.set(scene, (requests.get(scene) ?? 0) + 5)
    if (waiting.length < need(rounds.length)) continue
    look()
    const depths = Array.from({ length: 8 * waiting.length }, () => depth(rounds.length))
    Dynamics.sharesOf(waiting, shares)
    Dynamics.aim(model, shares, aims)
    const width = Dynamics.width(model, waiting.length)
    for (const own of depths) Dynamics.step(model, state, shares, aims, own, width)
    rounds.push({ batches: waiting, depths, losses: depths.map((_, i) => 1 - i / depths.length) })
    waiting = []
  }
  look()
  const feelings = sights.map(({ version, scene, accuracy }) => ({
    version,
    scene,
    energyMean: -4 - 2 * accuracy,
    energyDeviation: 1,
    confidence: 0.5 + accuracy / 3
  }))
  const rest = { probed: [], validated: [], pretested: [], answered: [] }
  return { policy, seed, scenes, units: 2, rounds, sights, feelings, ...rest } satisfies Recording.Recording
}

/** Need and depth are drawn anew after each six batches or so, so that small rounds get their share of a run. */
const lots = (seed: number, run: number) => {
  const rng = Rng.named(seed, `lots/${run}`)
  const drawn = Array.from({ length: 20 }, () => {
    const need = [1, 1, 2, 3, 4, 6, 8][rng.below(7)]!
    return Array.from({ length: Math.ceil(6 / need) }, () => ({ need, depth: rng.below(2) }))
  }).flat()
  return recorded(
    seed,
    `explore-${run}`,
    (i) => drawn[i]!.need,
    (i) => drawn[i]!.depth
  )
}

const atlas = [1, 2, 3, 4].flatMap((seed) => [0, 1, 2].map((run) => lots(seed, run)))

const about: Fit.About = {
  stream: "made/up@1",
  experiment: {},
  units: ["body", "head"],
  scenes: ["a", "b", "c"],
  batchSize: 16,
  epochs: 8,
  provenance: { tapes: "none", versions: {}, note: "a test" }
}

const surrogate = Fit.fit(atlas, about)

const off = (twin: Surrogate.Twin, real: Recording.Recording) => {
  const model = Accuracy.model(surrogate.body.accuracy, twin.accuracy)
  return Math.abs(Accuracy.foretell(model, real) - Recording.accuracy(real))
}

const others = [1, 2, 4, 6].flatMap((need) => [0, 1].map((depth) => [need, depth] as const))

test("foretells other decisions on the seeds it was fitted on", () => {
  for (const twin of surrogate.body.twins) {
    for (const [need, depth] of others) {
      const real = recorded(
        twin.seed,
        `periodic-${need}-${depth}`,
        () => need,
        () => depth
      )
      expect(off(twin, real)).toBeLessThan(0.04)
    }
  }
})

test("a seed of its own is known from one run better than from its start, and from that better than not at all", () => {
  const errors = { start: 0, run: 0 }
  for (const seed of [11, 12, 13, 14, 15, 16]) {
    const run = lots(seed, 0)
    const real = recorded(
      seed,
      "immediate",
      () => 1,
      () => 0
    )
    errors.start += off(Fit.twinOf(surrogate, [Recording.start(run)]), real) / 6
    errors.run += off(Fit.twinOf(surrogate, [run]), real) / 6
  }
  expect(errors.run).toBeLessThan(errors.start)
  expect(errors.run).toBeLessThan(0.04)
})

test("is the same each time, a file that can be read, and says what it covers", () => {
  expect(Fit.fit(atlas, about).hash).toBe(surrogate.hash)
  expect(Surrogate.parse("made", Surrogate.print(surrogate))).toEqual(surrogate)
  expect(surrogate.body.range).toEqual({ steps: 192, batches: 8, depth: 1 })
  expect(surrogate.body.provenance).toMatchObject({ runs: 12, seeds: [1, 2, 3, 4] })
  expect(surrogate.body.heldOut.runs.median).toBeLessThan(0.02)
})

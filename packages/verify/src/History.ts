/**
 * Histories of observations as a loop could tell them: `Started` first, times that never go back, rounds that begin on
 * all that waits, step and finish. Drawn as a list of moves, so that a history with moves taken out is one too and
 * shrinking finds short tapes.
 */
import type { Observation } from "@edgeol/core/Observation"
import { joules, type Seconds, seconds } from "@edgeol/core/Units"
import fc from "fast-check"

export interface Options {
  /** Moves at most; a move makes one observation, a run of steps up to 25. */
  readonly moves?: number
  /** Whether measured quantities are sometimes NaN, infinite or as large as a float can be. */
  readonly broken?: boolean
}

/** A history that some run could have had; without `broken: false` its measurements may be damaged. */
export const anyHistory = ({ moves = 40, broken = true }: Options = {}): fc.Arbitrary<ReadonlyArray<Observation>> =>
  fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.array(anyMove(broken), { maxLength: moves, size: "max" }))
    .map(([units, list]) => tell(units, list))

type Move =
  | { readonly _tag: "Batch"; readonly samples: number }
  | { readonly _tag: "Request"; readonly waited: number; readonly energy: number; readonly confidence: number }
  | { readonly _tag: "Border" }
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Timer" }
  | { readonly _tag: "Steps"; readonly losses: ReadonlyArray<number>; readonly units?: ReadonlyArray<number> }
  | { readonly _tag: "Pretest"; readonly samples: number; readonly accuracy: number; readonly loss: number }
  | { readonly _tag: "Adapt"; readonly samples: number; readonly accuracy: number }
  | { readonly _tag: "Finish"; readonly joules: number }
  | { readonly _tag: "Compare"; readonly distance: ReadonlyArray<number> }
  | { readonly _tag: "Probe"; readonly similarity: ReadonlyArray<number> }
  | { readonly _tag: "Validate"; readonly samples: number; readonly values: readonly [number, number, number, number] }

/** A move and the milliseconds before it. */
type Timed = readonly [after: number, move: Move]

/** The largest a single-precision result can be, and what is no number at all. */
const damage = fc.constantFrom(NaN, Infinity, -Infinity, 3.4028234663852886e38, -3.4028234663852886e38)

/** An integer from `min` to `max`, in units of `1 / per`. */
const grid = (min: number, max: number, per: number, broken: boolean): fc.Arbitrary<number> => {
  const sound = fc.integer({ min, max }).map((value) => value / per)
  return broken ? fc.oneof({ arbitrary: sound, weight: 19 }, { arbitrary: damage, weight: 1 }) : sound
}

const anyMove = (broken: boolean): fc.Arbitrary<Timed> => {
  const value = (min: number, max: number, per: number) => grid(min, max, per, broken)
  const losses = fc.array(value(0, 4000, 1000), { minLength: 1, maxLength: 25, size: "max" })
  const watched = fc.array(value(0, 4000, 1000), { minLength: 8, maxLength: 8 })
  const distance = fc.array(value(0, 50, 1000), { minLength: 6, maxLength: 6 })
  const similarity = fc.array(value(-20, 100, 100), { minLength: 6, maxLength: 6 })
  const validation = fc.tuple(value(0, 64, 64), value(0, 4000, 1000), value(-200, 50, 10), value(0, 40, 10))
  const samples = fc.integer({ min: 0, max: 64 })
  const move = fc.oneof(
    weigh(4, samples, (count) => ({ _tag: "Batch", samples: count })),
    weigh(6, fc.tuple(fc.integer({ min: 0, max: 500 }), value(-200, 50, 10), value(0, 100, 100)), (of) => ({
      _tag: "Request",
      waited: of[0],
      energy: of[1],
      confidence: of[2]
    })),
    weigh(1, fc.constantFrom("Border" as const, "Timer" as const), (tag) => ({ _tag: tag })),
    weigh(3, fc.constant("Begin" as const), (tag) => ({ _tag: tag })),
    weigh(2, losses, (of) => ({ _tag: "Steps", losses: of })),
    weigh(2, fc.tuple(losses, watched), (of) => ({ _tag: "Steps", losses: of[0], units: of[1] })),
    weigh(3, value(0, 5000, 100), (of) => ({ _tag: "Finish", joules: of })),
    weigh(3, similarity, (of) => ({ _tag: "Probe", similarity: of })),
    weigh(2, distance, (of) => ({ _tag: "Compare", distance: of })),
    weigh(2, fc.tuple(samples, value(0, 64, 64), value(0, 4000, 1000)), (of) => ({
      _tag: "Pretest",
      samples: of[0],
      accuracy: of[1],
      loss: of[2]
    })),
    weigh(2, fc.tuple(samples, value(0, 64, 64)), (of) => ({
      _tag: "Adapt",
      samples: of[0],
      accuracy: of[1]
    })),
    weigh(3, fc.tuple(samples, validation), ([count, values]) => ({ _tag: "Validate", samples: count, values }))
  )
  return fc.tuple(fc.integer({ min: 0, max: 5000 }), move)
}

const weigh = <A>(weight: number, of: fc.Arbitrary<A>, make: (value: A) => Move) => ({
  weight,
  arbitrary: of.map(make)
})

/** How far the telling is. */
interface Stage {
  readonly told: Array<Observation>
  readonly units: number
  millis: number
  batches: number
  waiting: number
  samples: number
  requests: number
  rounds: number
  iterations: number
  /** The running round: its batches, and time and iterations at its start. */
  running: { readonly batches: number; readonly millis: number; readonly iterations: number } | undefined
}

/** What the moves come to. A move that the state of the round forbids is left out. */
const tell = (units: number, moves: ReadonlyArray<Timed>): ReadonlyArray<Observation> => {
  const told: Array<Observation> = [{ _tag: "Started", at: seconds(0), units }]
  const counts = { millis: 0, batches: 0, waiting: 0, samples: 0, requests: 0, rounds: 0, iterations: 0 }
  const stage: Stage = { told, units, ...counts, running: undefined }
  for (const [after, move] of moves) {
    stage.millis += after
    play(stage, move)
  }
  return told
}

const play = (stage: Stage, move: Move): void => {
  switch (move._tag) {
    case "Batch":
      return arrive(stage, move.samples)
    case "Begin":
      return begin(stage)
    case "Steps":
      return step(stage, move)
    case "Finish":
      return finish(stage, move.joules)
    default:
      stage.told.push(sighting(stage, move))
  }
}

const now = (stage: Stage): Seconds => seconds(stage.millis / 1000)

const arrive = (stage: Stage, samples: number): void => {
  stage.told.push({ _tag: "BatchArrived", at: now(stage), batch: stage.batches++, samples })
  stage.waiting += 1
  stage.samples += samples
}

const begin = (stage: Stage): void => {
  const { waiting: batches, samples, millis, iterations } = stage
  if (stage.running !== undefined || batches === 0) return
  stage.running = { batches, millis, iterations }
  stage.told.push({ _tag: "RoundStarted", at: now(stage), round: ++stage.rounds, batches, samples })
  stage.waiting = 0
  stage.samples = 0
}

/** The watched measures turn with the steps, so that they differ. */
const step = (stage: Stage, { losses, units }: Extract<Move, { readonly _tag: "Steps" }>): void => {
  if (stage.running === undefined) return
  for (const loss of losses) {
    stage.millis += 1
    stage.iterations += 1
    stage.told.push({
      _tag: "StepFinished",
      at: now(stage),
      round: stage.rounds,
      iteration: stage.iterations,
      loss,
      ...(units === undefined ? {} : { units: turned(units, stage) })
    })
  }
}

const turned = (units: ReadonlyArray<number>, { iterations, units: count }: Stage) =>
  Array.from({ length: count }, (_, i) => units[(i + iterations) % units.length]!)

const finish = (stage: Stage, spent: number): void => {
  if (stage.running === undefined) return
  stage.told.push({
    _tag: "RoundFinished",
    at: now(stage),
    round: stage.rounds,
    batches: stage.running.batches,
    iterations: stage.iterations - stage.running.iterations,
    seconds: seconds((stage.millis - stage.running.millis) / 1000),
    joules: joules(spent)
  })
  stage.running = undefined
}

/** The moves that may come at any time. */
const sighting = (
  stage: Stage,
  move: Exclude<Move, { readonly _tag: "Batch" | "Begin" | "Steps" | "Finish" }>
): Observation => {
  const at = now(stage)
  switch (move._tag) {
    case "Request": {
      const { waited, energy, confidence } = move
      const arrivedAt = seconds(Math.max(0, stage.millis - waited) / 1000)
      return { _tag: "RequestServed", at, request: stage.requests++, arrivedAt, energy, confidence }
    }
    case "Border":
      return { _tag: "ScenarioChanged", at, source: "oracle" }
    case "Timer":
      return { _tag: "TimerFired", at }
    case "Compare":
      return { _tag: "Compared", at, distance: move.distance.slice(0, stage.units) }
    case "Probe":
      return { _tag: "Probed", at, similarity: move.similarity.slice(0, stage.units) }
    case "Pretest": {
      const { samples, accuracy, loss } = move
      return { _tag: "Pretested", at, batch: Math.max(0, stage.batches - 1), samples, accuracy, loss }
    }
    case "Adapt": {
      const { samples, accuracy } = move
      return { _tag: "Adapted", at, batch: Math.max(0, stage.batches - 1), samples, accuracy }
    }
    case "Validate": {
      const [accuracy, loss, energyMean, energyDeviation] = move.values
      return { _tag: "Validated", at, samples: move.samples, accuracy, loss, energyMean, energyDeviation }
    }
  }
}

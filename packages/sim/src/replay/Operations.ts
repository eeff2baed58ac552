/**
 * What was done between the lines of a tape, with what it took and what a cost model says of it: a fold with the
 * bookkeeping of core's loop.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import type { Activity } from "@edgeol/core/Ledger"
import { defaults } from "@edgeol/core/Loop"
import * as Recipe from "@edgeol/core/Recipe"
import * as CostModel from "../CostModel.ts"
import * as Minibatches from "../internal/Minibatches.ts"

/** One activity of one line. */
export interface Operation {
  readonly activity: Activity
  /** Seconds that the cost model says, and seconds that passed. */
  readonly nominal: number
  readonly seconds: number
  /** Of a backward pass: how many units were frozen. */
  readonly depth?: number
  /** Which round it belongs to; what is done between rounds, to the one before. */
  readonly round: number
}

interface Told {
  readonly costs: CostModel.CostModel
  readonly batchSize: number
  readonly operations: Array<Operation>
  recent: Array<number>
  probe: number
  round: number
  units: number
  recipe: Recipe.Recipe
  minibatches: Minibatches.Minibatches
  frozen: ReadonlyArray<boolean>
}

/** Of fine-tuning and of requests, in order. `batchSize` is that of an optimiser step. */
export const of = (tape: Iterable<Entry>, costs: CostModel.CostModel, batchSize: number): ReadonlyArray<Operation> => {
  const told: Told = {
    costs,
    batchSize,
    operations: [],
    recent: [],
    probe: 0,
    round: 0,
    units: 1,
    recipe: {},
    minibatches: Minibatches.make({}, batchSize, 0),
    frozen: [false]
  }
  for (const entry of tape) {
    observe(told, entry)
    for (const part of Decision.parts(entry.decision)) decide(told, part)
  }
  return told.operations
}

/** Notes an activity of a line where it took place. */
const note = (told: Told, { costs }: Entry, activity: Activity, nominal: number, depth?: number) => {
  const seconds = costs[activity]
  if (seconds === undefined) return
  const operation = { activity, nominal, seconds, round: told.round }
  told.operations.push(depth === undefined ? operation : { ...operation, depth })
}

const observe = (told: Told, entry: Entry) => {
  const { costs } = told
  const { observation } = entry
  switch (observation._tag) {
    case "Started":
      told.units = observation.units
      told.frozen = Array.from({ length: observation.units }, () => false)
      break
    case "BatchArrived":
      told.recent = [...told.recent, observation.samples].slice(-defaults.probeBatches)
      break
    case "RoundStarted":
      told.round = observation.round
      told.minibatches = Minibatches.make(told.recipe, told.batchSize, observation.samples)
      note(
        told,
        entry,
        "validation",
        CostModel.seconds(costs.validation, Minibatches.judged(told.recipe, observation.samples))
      )
      note(told, entry, "startUp", costs.startUp)
      note(told, entry, "load", costs.load)
      break
    case "StepFinished":
      step(told, entry, observation.units !== undefined)
      break
    case "Probed":
      note(told, entry, "probe", CostModel.seconds(costs.probe, told.probe))
      break
    case "Compared":
      note(told, entry, "probe", CostModel.seconds(costs.probe, told.recent.at(-1) ?? 0))
      break
    case "Validated":
    case "Pretested":
      note(told, entry, "validation", CostModel.seconds(costs.validation, observation.samples))
      break
    case "Adapted":
      note(told, entry, "head", CostModel.seconds(costs.head ?? costs.validation, observation.samples))
      break
    case "RequestServed":
      note(told, entry, "inference", CostModel.seconds(costs.inference, 1))
      break
    default:
  }
  note(told, entry, "save", costs.save)
}

const step = (told: Told, entry: Entry, isWatched: boolean) => {
  const { costs, minibatches, frozen } = told
  const { samples, cached, views } = minibatches
  const depth = CostModel.prefix(frozen)
  const said = CostModel.step(costs, samples, frozen, isWatched, cached(frozen), views(frozen))
  for (const { activity, seconds } of said)
    note(told, entry, activity, seconds, activity === "backward" ? depth : undefined)
}

const decide = (told: Told, decision: Decision.Single) => {
  if (decision._tag === "Freeze") {
    const head = told.units - 1
    told.frozen = Array.from({ length: told.units }, (_, unit) => unit < head && decision.units[unit] === true)
  }
  if (decision._tag === "Recipe") told.recipe = Recipe.merge(told.recipe, decision.recipe)
  if (decision._tag === "Probe" && (decision.renew || told.probe === 0)) {
    told.probe = told.recent.reduce((sum, samples) => sum + samples, 0)
  }
}

/**
 * When a recorded run tuned, against when it should have, by nothing but the recordings: what rounds and steps drew on
 * average in the run, and accuracy as a curve of exposure for each scene, fitted on what the scorer saw in all runs.
 *
 * Only the timing is judged. Every step is taken to cost and to teach what the run's steps did on average, so what freezing
 * saves is on both sides. A fast head, which learns without rounds, is outside of the model.
 */
import type { Entry } from "@edgeol/core/Journal"
import * as Optimum from "../Optimum.ts"
import * as Curve from "./Curve.ts"
import * as Day from "./Day.ts"
import * as Exposure from "./Exposure.ts"

export type Tape = ReadonlyArray<Entry>

/** Whether a run's accuracy rose by rounds alone. */
export const isOfRoundsAlone = (tape: Tape): boolean => tape.every(({ observation }) => observation._tag !== "Adapted")

export const hasRounds = (tape: Tape): boolean => tape.some(({ observation }) => observation._tag === "RoundStarted")

/** Joules of a run for what rounds are made of; `deciding` is what probes, validation and policy drew besides. */
export interface Drawn {
  readonly rates: Optimum.Rates
  readonly deciding: number
}

export const drawn = (tape: Tape, price: number): Drawn => {
  const ends = joules(tape, ({ _tag }) => _tag === "RoundStarted" || _tag === "RoundFinished")
  const steps = joules(tape, ({ _tag }) => _tag === "StepFinished")
  const began = tape.flatMap(({ observation: o }) => (o._tag === "RoundStarted" ? [o.samples] : []))
  const samples = began.reduce((sum, more) => sum + more, 0)
  const rates: Optimum.Rates = {
    fixed: ends.sum / Math.max(1, began.length),
    step: [steps.sum / Math.max(1, steps.lines)],
    share: [1],
    stepsPerSample: steps.lines / Math.max(1, samples),
    price
  }
  return { rates, deciding: joules(tape, ({ _tag }) => !ofRounds.includes(_tag)).sum }
}

const ofRounds: ReadonlyArray<Entry["observation"]["_tag"]> = ["RoundStarted", "StepFinished", "RoundFinished"]

const joules = (tape: Tape, of: (observation: Entry["observation"]) => boolean) => {
  const lines = tape.filter(({ observation }) => of(observation))
  return { lines: lines.length, sum: lines.reduce((sum, line) => sum + line.joules.fineTuning, 0) }
}

/** What the scorer saw of each scene, with the exposure that the model had had by then. */
const sights = (tape: Tape): ReadonlyArray<ReadonlyArray<Curve.Sight>> => {
  const { day, rounds } = Optimum.ofTape(tape, drawn(tape, 0).rates)
  const scores = tape.flatMap(({ score }) => (score === undefined ? [] : [score.accuracy]))
  const seen: Array<Array<Curve.Sight>> = Array.from({ length: Day.scenes(day) }, () => [])
  const requests = day.arrivals.filter(({ kind }) => kind === "request")
  for (const [i, exposure] of Exposure.met(day, rounds).entries()) {
    seen[requests[i]!.scene]!.push({ exposure, wrong: 1 - scores[i]! })
  }
  return seen
}

/** Of each scene. */
export const curves = (tapes: ReadonlyArray<Tape>): ReadonlyArray<Curve.Curve> => {
  const all = tapes.map(sights)
  const scenes = Math.max(0, ...all.map(({ length }) => length))
  return Array.from({ length: scenes }, (_, scene) => Curve.fit(all.flatMap((of) => of[scene] ?? [])))
}

export interface Rated extends Optimum.Regret {
  readonly drawn: Drawn
  readonly rounds: number
}

/** Rates a run by these curves. What rounds draw in a run without any is what they drew in all: `typical`. */
export const rate = (tape: Tape, curves: ReadonlyArray<Curve.Curve>, typical: Optimum.Rates): Rated => {
  const own = drawn(tape, typical.price)
  const spent = hasRounds(tape) ? own : { ...own, rates: typical }
  const taped = Optimum.ofTape(tape, spent.rates)
  const wrong = (scene: number, exposure: number) => Curve.at(curves[scene]!, exposure)
  return { ...Optimum.regret(taped, wrong), drawn: spent, rounds: taped.rounds.length }
}

/**
 * A recorded run as a day, and what it could have cost. The tape tells what came, when its rounds began and served, and
 * what their steps left frozen; what a step costs and teaches is said by a model. Scenes are those between the borders
 * that the stream told, numbered from 0.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import type * as Day from "./optimum/Day.ts"
import * as Exposure from "./optimum/Exposure.ts"

/** Of a learner on a device, in one currency. Lists are by the length of the frozen prefix, from 0. */
export interface Rates {
  /** Start-up, load and save of a round. */
  readonly fixed: number
  readonly step: ReadonlyArray<number>
  /** What a step teaches, against one with nothing frozen. */
  readonly share: ReadonlyArray<number>
  /** Steps of a round for each of its samples: epochs over batch size. */
  readonly stepsPerSample: number
  /** Of a wrong answer. */
  readonly price: number
}

export interface Taped {
  readonly day: Day.Day
  readonly rounds: ReadonlyArray<Day.Round>
}

/**
 * The day may be spent in rounds of any depth, and in those mixes of depths and early stops that the run itself made: so
 * the run is one of the schedules that the optimum is the best of.
 */
export const ofTape = (tape: Iterable<Entry>, rates: Rates): Taped => {
  const reader = new Reader(rates)
  for (const entry of tape) reader.read(entry)
  reader.end()
  const pure = rates.step.map((cost, depth) => ({
    share: rates.share[depth]!,
    perSample: cost * rates.stepsPerSample
  }))
  const ways = frontier([...pure, ...reader.mixes])
  return { day: { arrivals: reader.arrivals, ways, fixed: rates.fixed, price: rates.price }, rounds: reader.rounds }
}

export interface Regret {
  /** What the run's own schedule costs, by the model. */
  readonly paid: number
  readonly optimum: Exposure.Bounded
  /** Never negative. */
  readonly regret: number
}

/** Of a run, where accuracy is a curve of exposure. */
export const regret = ({ day, rounds }: Taped, wrong: Exposure.Problem["wrong"], most?: number): Regret => {
  const problem = { ...day, wrong }
  const optimum = Exposure.solve(problem, most)
  const paid = Exposure.cost(problem, rounds)
  return { paid, optimum, regret: paid - optimum.bound }
}

/** A round in progress. */
interface Running {
  readonly began: number
  readonly samples: number
  cost: number
  /** Steps, each by what it teaches. */
  taught: number
}

class Reader {
  readonly arrivals: Array<Day.Arrival> = []
  readonly rounds: Array<Day.Round> = []
  readonly mixes: Array<Day.Way> = []
  #scene = 0
  #depth = 0
  #running: Running | undefined

  readonly rates: Rates

  constructor(rates: Rates) {
    this.rates = rates
  }

  read({ observation, decision }: Entry) {
    switch (observation._tag) {
      case "ScenarioChanged":
        if (observation.source === "oracle") this.#scene += 1
        break
      case "BatchArrived":
        this.arrivals.push({ kind: "batch", samples: observation.samples, scene: this.#scene })
        break
      case "RequestServed":
        this.arrivals.push({ kind: "request", scene: this.#scene })
        break
      case "RoundStarted":
        this.#running = { began: this.arrivals.length, samples: observation.samples, cost: 0, taught: 0 }
        break
      case "StepFinished":
        this.#step()
        break
      case "RoundFinished":
        this.end()
    }
    for (const part of Decision.parts(decision)) if (part._tag === "Freeze") this.#depth = prefix(part.units)
  }

  #step() {
    const depth = Math.min(this.#depth, this.rates.step.length - 1)
    if (this.#running === undefined) return
    this.#running.cost += this.rates.step[depth]!
    this.#running.taught += this.rates.share[depth]!
  }

  /** Of a round; one that the tape does not see the end of serves nobody. */
  end() {
    if (this.#running === undefined) return
    const { began, samples, cost, taught } = this.#running
    const share = taught / (this.rates.stepsPerSample * Math.max(1, samples))
    this.rounds.push({ began, serves: this.arrivals.length, share, compute: cost })
    this.mixes.push({ share, perSample: cost / Math.max(1, samples) })
    this.#running = undefined
  }
}

const prefix = (frozen: ReadonlyArray<boolean>) => {
  const open = frozen.indexOf(false)
  return open < 0 ? frozen.length : open
}

/** Ways that no other beats: teaching as much for as little. */
const frontier = (ways: ReadonlyArray<Day.Way>): ReadonlyArray<Day.Way> => {
  const kept: Array<Day.Way> = []
  for (const way of ways.toSorted((a, b) => b.share - a.share || a.perSample - b.perSample)) {
    if (kept.length === 0 || way.perSample < kept.at(-1)!.perSample) kept.push(way)
  }
  return kept
}

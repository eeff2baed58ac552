/**
 * When a run with a fast head ran deep rounds beside it, against when it should have, by nothing but the recordings. The
 * head learns every batch at once; what it was wrong on then is what a round could still mend, and by what rounds of all
 * runs mended of it (`RoundEstimate`) a batch's gain is known in hindsight. Gains add up (`Additive`).
 */
import type { Entry } from "@edgeol/core/Journal"
import * as Policy from "@edgeol/core/Policy"
import * as RoundEstimate from "@edgeol/core/RoundEstimate"
import { Schema } from "effect"
import * as Optimum from "../Optimum.ts"
import * as Additive from "./Additive.ts"

type Tape = ReadonlyArray<Entry>

const config = Policy.config("breakEven", Schema.Struct(RoundEstimate.fields))({})

const followed = (tape: Tape): RoundEstimate.State => {
  let state = RoundEstimate.initial
  for (const { observation } of tape) {
    if (observation._tag === "Adapted") state = RoundEstimate.adapted(config, state, 1 - observation.accuracy)
    if (observation._tag === "RoundStarted") state = RoundEstimate.roundStarted(state)
    if (observation._tag === "RoundFinished") {
      state = RoundEstimate.roundFinished(state, observation.batches, observation.joules)
    }
  }
  return state
}

/** The share of the head's errors on a batch that a round mends, by all rounds of all runs. */
export const recovered = (tapes: ReadonlyArray<Tape>): number => {
  const mended = tapes.map((tape) => followed(tape).mended[0]!)
  const sum = (of: 0 | 1) => mended.reduce((total, pair) => total + pair[of], 0)
  return RoundEstimate.recovers(config, [sum(0), sum(1)])
}

/** Rise in right answers by each batch, once a round has learnt it. */
const gains = (tape: Tape, share: number): ReadonlyArray<number> => {
  const wrong = new Map<number, number>()
  for (const { observation } of tape) {
    if (observation._tag === "BatchArrived") wrong.set(observation.batch, 0)
    // A head that had learnt nothing yet has no accuracy.
    if (observation._tag === "Adapted") wrong.set(observation.batch, 1 - observation.accuracy || 0)
  }
  return [...wrong.values()].map((errors) => share * errors)
}

/** Wrong answers are counted where a round could have mended them. */
export const rate = (tape: Tape, share: number, rates: Optimum.Rates) => {
  const { day, rounds } = Optimum.ofTape(tape, rates)
  const problem = { ...day, gains: gains(tape, share) }
  const best = Additive.solve(problem)
  const paid = Additive.cost(problem, rounds)
  return {
    paid,
    optimum: { ...best, bound: best.cost, exact: true },
    regret: paid - best.cost,
    rounds: rounds.length
  }
}

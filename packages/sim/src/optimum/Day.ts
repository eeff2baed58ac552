/**
 * What arrived and what rounds cost, as plain data, to ask afterwards what would have been best. Costs are in any one
 * currency, joules or seconds; all numbers are finite and not negative.
 */

export interface Batch {
  readonly kind: "batch"
  readonly samples: number
  /** Numbered from 0. */
  readonly scene: number
}

export interface Request {
  readonly kind: "request"
  readonly scene: number
}

export type Arrival = Batch | Request

/** A way to run a round, such as a depth of the frozen prefix. */
export interface Way {
  /** How much of what a batch could teach is learnt, from 0 to 1. */
  readonly share: number
  /** Cost of learning a sample. */
  readonly perSample: number
}

export interface Day {
  /** In order of time. */
  readonly arrivals: ReadonlyArray<Arrival>
  readonly ways: ReadonlyArray<Way>
  /** Cost of a round, whatever it learns: start-up, load, save. */
  readonly fixed: number
  /** Cost of a wrong answer. */
  readonly price: number
}

/** A round as it went, between arrivals counted from 0. Rounds do not overlap. */
export interface Round {
  /** It learns what waits before this arrival, */
  readonly began: number
  /** and its model answers from this one on. */
  readonly serves: number
  readonly share: number
  /** Its cost without `fixed`. */
  readonly compute: number
}

/** A schedule and what it costs, wrong answers included. */
export interface Optimum {
  readonly cost: number
  readonly rounds: ReadonlyArray<Round>
}

export const scenes = ({ arrivals }: Day): number => arrivals.reduce((most, { scene }) => Math.max(most, scene + 1), 0)

/** What a model of learning hears while a schedule is followed. */
export interface Learning {
  readonly arrives: (batch: Batch, index: number) => void
  /** Share of wrong answers that a request of this scene is charged with. */
  readonly wrong: (scene: number) => number
  /** A round takes all that waits. */
  readonly begins: () => void
  readonly serves: (share: number) => void
}

/** What a schedule costs, by following it. */
export const cost = (day: Day, rounds: ReadonlyArray<Round>, learning: Learning): number => {
  const { arrivals, fixed, price } = day
  let [total, position, batches] = [0, 0, 0]
  const goTo = (until: number) => {
    for (; position < until; position++) {
      const arrival = arrivals[position]!
      if (arrival.kind === "batch") learning.arrives(arrival, batches++)
      else total += price * learning.wrong(arrival.scene)
    }
  }
  for (const { began, serves, share, compute } of rounds) {
    goTo(began)
    learning.begins()
    total += fixed + compute
    goTo(serves)
    learning.serves(share)
  }
  goTo(arrivals.length)
  return total
}

/**
 * The break-even rule on a day that is known, and the least that anybody could have paid: what the theorem of
 * `packages/core/BREAK-EVEN.md` is held to, and what happens where it assumes too much. Ratios are of rounds and of what
 * waiting lost; what is lost whatever one does is left out.
 */
import * as BreakEvenRule from "@edgeol/core/BreakEvenRule"
import * as Additive from "@edgeol/sim/optimum/Additive"
import type * as Day from "@edgeol/sim/optimum/Day"
import * as Exposure from "@edgeol/sim/optimum/Exposure"

/** What a request of a scene loses while the batches from `learnt` to `arrived` wait: to the first, to the first two, and so on. */
export type Losses = (scene: number, learnt: number, arrived: number) => ReadonlyArray<number>

export interface Rule {
  /** A request is answered before the round that it makes due. */
  readonly answersFirst?: boolean
  /** One account for each waiting batch, not one for all. */
  readonly each?: boolean
  /** Share of a round's cost at which it is due. */
  readonly share?: number
  /** What a loss is taken for. */
  readonly believed?: (loss: number, place: number) => number
  /** Arrivals that a round lasts. */
  readonly takes?: number
  /** Requests that are expected while it does. */
  readonly ahead?: number
}

export interface Followed {
  readonly rounds: ReadonlyArray<Day.Round>
  /** The most that a single answer lost, as it was believed. */
  readonly most: number
  /** Every share from the rule's up to this one gives the same rounds. */
  readonly until: number
}

/** The rounds that the rule makes. */
export const follow = (day: Day.Day, losses: Losses, rule: Rule = {}): Followed => {
  const {
    answersFirst = false,
    each = false,
    share = 1,
    believed = (loss: number) => loss,
    takes = 0,
    ahead = 0
  } = rule
  const perSample = day.ways[0]?.perSample ?? 0
  const rounds: Array<Day.Round> = []
  let [accounts, learnt, arrived, samples, free, most, until] = [BreakEvenRule.empty, 0, 0, 0, 0, 0, Infinity]
  const begin = (began: number) => {
    const serves = Math.min(day.arrivals.length, began + takes)
    rounds.push({ began, serves, share: 1, compute: perSample * samples })
    ;[accounts, learnt, samples, free] = [BreakEvenRule.empty, arrived, 0, serves]
  }
  const isDue = (next: BreakEvenRule.Accounts) => {
    const cost = day.fixed + perSample * samples
    const due = BreakEvenRule.due(next, cost, share)
    if (due) until = Math.min(until, Math.max(...next) / cost)
    return due
  }
  day.arrivals.forEach((arrival, place) => {
    if (arrival.kind === "batch") {
      arrived += 1
      samples += arrival.samples
      return
    }
    const all = losses(arrival.scene, learnt, arrived).map((loss) => day.price * believed(loss, place))
    const booked = each ? all : all.slice(-1)
    const next = BreakEvenRule.answered(accounts, booked)
    const seen =
      ahead === 0
        ? next
        : BreakEvenRule.answered(
            next,
            booked.map((loss) => ahead * loss)
          )
    if (!answersFirst && place >= free && isDue(seen)) return begin(place)
    accounts = next
    most = Math.max(most, all.at(-1) ?? 0)
    if (answersFirst && place + 1 >= free && isDue(seen)) begin(place + 1)
  })
  return { rounds, most, until }
}

/** Where gains add up. */
export const additive = (problem: Additive.Problem): Losses => {
  const scenes = batches(problem).map(({ scene }) => scene)
  return (scene, learnt, arrived) => {
    let total = 0
    return problem.gains.slice(learnt, arrived).map((gain, i) => (total += scenes[learnt + i] === scene ? gain : 0))
  }
}

/** Where accuracy is a curve of exposure: what a round would mend, or the sum of what each batch would `alone`. */
export const curved = (problem: Exposure.Problem, alone = false): Losses => {
  const all = batches(problem)
  const samples = (scene: number, from: number, to: number) =>
    all.slice(from, to).reduce((sum, batch) => sum + (batch.scene === scene ? batch.samples : 0), 0)
  return (scene, learnt, arrived) => {
    const known = samples(scene, 0, learnt)
    const gain = (from: number, to: number) =>
      problem.wrong(scene, known) - problem.wrong(scene, known + samples(scene, from, to))
    let sum = 0
    return all.slice(learnt, arrived).map((_, i) => {
      sum += gain(learnt + i, learnt + i + 1)
      return alone ? sum : gain(learnt, learnt + i + 1)
    })
  }
}

const batches = ({ arrivals }: Day.Day) => arrivals.filter((arrival) => arrival.kind === "batch")

/** What waiting and rounds cost where accuracy is a curve, without what is wrong however soon one learns. */
export const avoidable = (problem: Exposure.Problem, cost: number): number => {
  const always = problem.arrivals.map((_, began) => ({ began, serves: began, share: 1, compute: 0 }))
  return cost - Exposure.cost({ ...problem, fixed: 0 }, always)
}

/** The expected cost with a share drawn once for the run, exactly: rounds change at finitely many shares. */
export const expected = (problem: Additive.Problem, each = true): number => {
  const losses = additive(problem)
  let [share, sum] = [0, 0]
  while (share < 1) {
    const { rounds, until } = follow(problem, losses, { each, share })
    const next = Math.min(1, Math.max(until, share * (1 + Number.EPSILON)))
    sum += ((Math.exp(next) - Math.exp(share)) / (Math.E - 1)) * Additive.cost(problem, rounds)
    share = next
  }
  return sum
}

/** The least cost where rounds last so many arrivals and gains add up. `T_i`: its last round begins at arrival `i`. */
export const slowly = (problem: Additive.Problem, takes: number): number => {
  const end = problem.arrivals.length
  const least: Array<number> = []
  let best = lost(problem, 0, end, end)
  for (let i = 0; i <= end; i++) {
    let cost = lost(problem, 0, i, i + takes)
    for (let j = 0; j <= i - takes && j < i; j++) cost = Math.min(cost, least[j]! + lost(problem, j, i, i + takes))
    least.push(cost + problem.fixed)
    best = Math.min(best, least[i]! + lost(problem, i, end, end))
  }
  return best
}

/** By batches from one arrival to another, until a third. */
const lost = ({ arrivals, gains, price }: Additive.Problem, from: number, to: number, until: number) => {
  const waiting = new Map<number, number>()
  let [batch, sum] = [0, 0]
  for (const [place, { kind, scene }] of arrivals.slice(0, until).entries()) {
    if (kind === "request") sum += price * (waiting.get(scene) ?? 0)
    else {
      if (place >= from && place < to) waiting.set(scene, (waiting.get(scene) ?? 0) + gains[batch]!)
      batch += 1
    }
  }
  return sum
}

/** The search behind `Exposure`: labels are extended batch by batch, and few are kept of each. */
import type * as Day from "./Day.ts"
import * as Bounds from "./Bounds.ts"
import type { Problem } from "./Exposure.ts"
import * as Table from "./Table.ts"

export interface Found {
  /** No schedule costs less, if it costs less than what is known. */
  readonly bound: number
  /** The best of those looked at, if any may be better than what is known. */
  readonly rounds: ReadonlyArray<Day.Round>
}

/** What is known of a problem before the search. */
export interface Ground {
  readonly problem: Problem
  readonly table: Table.Table
  readonly bounds: Bounds.Bounds
}

export const survey = (problem: Problem): Ground => {
  const table = Table.make(problem)
  return { problem, table, bounds: Bounds.make(problem, table) }
}

/** `known` is what some schedule costs: what cannot cost less is not looked at. */
export const search = (ground: Ground, most: number, known = Infinity): Found => new Search(ground, most, known).run()

/** A schedule so far: its last round learnt the first `learnt` batches. */
interface Label {
  /** Up to now. */
  cost: number
  readonly learnt: number
  /** Exposure of each scene, and the price of a request in it. */
  readonly exposure: Float64Array
  /** Exposure that is missing for good, and how much it will still cost at least. */
  readonly missing: Float64Array
  harm: number
  readonly loss: Float64Array
  readonly before: Label | undefined
  readonly way: number
  /** The same schedule with one more round in the best way, some time ago: what it has cost by now, and loses. */
  rival: { cost: number; readonly loss: Float64Array } | undefined
}

interface Candidate {
  readonly cost: number
  readonly harm: number
  readonly exposure: Float64Array
  readonly before: Label | undefined
  readonly way: number
}

class Search {
  readonly problem: Problem
  readonly most: number
  readonly #table: Table.Table
  readonly #bounds: Bounds.Bounds
  /** The way that teaches most, the cheapest of equals. */
  readonly #best: number
  /** What the rest of the day costs at least, by batches that have come; and what some schedule costs. */
  readonly #rest: Float64Array
  readonly #known: number
  readonly #missed: Float64Array
  readonly #nothing: Float64Array
  /** What rounds that end now do harm alone, by what was learnt before and the way; `NaN`: not asked yet. */
  readonly #rounds: Float64Array
  #live: Array<Label> = []
  /** The least that any schedule costs which was dropped for want of room. */
  #dropped = Infinity

  constructor({ problem, table, bounds }: Ground, most: number, known: number) {
    this.problem = problem
    this.most = most
    this.#table = table
    this.#bounds = bounds
    this.#best = bestWay(problem.ways)
    this.#rest = bounds.rest
    this.#known = known
    this.#missed = new Float64Array(table.scenes)
    this.#nothing = new Float64Array(table.scenes)
    this.#rounds = new Float64Array(table.samples.length * problem.ways.length)
  }

  run(): Found {
    const { samples } = this.#table
    const start = new Float64Array(this.#table.scenes)
    this.#live = [this.#label(0, { cost: 0, harm: 0, exposure: start, before: undefined, way: 0 })]
    for (let learnt = 1; learnt < samples.length; learnt++) this.#extend(learnt)
    this.#wait(samples.length - 1)
    const best = this.#live.toSorted((a, b) => a.cost - b.cost)[0]
    return { bound: Math.min(best?.cost ?? Infinity, this.#dropped), rounds: this.#follow(best) }
  }

  #label(learnt: number, { cost, harm, exposure, before, way }: Candidate): Label {
    const missing = this.#missing(exposure, learnt)
    return {
      cost,
      harm,
      learnt,
      exposure,
      missing,
      loss: this.#losses(exposure, learnt),
      before,
      way,
      rival: undefined
    }
  }

  /** Exposure that rounds in the best way would have brought. */
  #missing(exposure: Float64Array, learnt: number): Float64Array {
    const known = this.#table.known[learnt]!
    const { share } = this.problem.ways[this.#best]!
    return exposure.map((x, scene) => share * known[scene]! - x)
  }

  /** Of a request in each scene that is still asked about. */
  #losses(exposure: Float64Array, learnt: number): Float64Array {
    const { price, wrong } = this.problem
    const left = this.#table.left[learnt]!
    return exposure.map((x, scene) => (left[scene]! > 0 ? price * wrong(scene, x) : 0))
  }

  /** Lets all live labels answer the requests that come before batch `batch`. */
  #wait(batch: number) {
    const asked = this.#table.asked[batch]!
    if (asked.length === 0) return
    for (const label of this.#live) {
      label.cost += Table.charge(asked, label.loss)
      label.harm -= this.#bounds.harmOf(batch, label.missing)
      if (label.rival !== undefined) label.rival.cost += Table.charge(asked, label.rival.loss)
    }
  }

  #extend(learnt: number) {
    this.#wait(learnt - 1)
    const room = this.#known - this.#rest[learnt]!
    this.#live = this.#live.filter(
      ({ cost, harm, rival }) => cost + harm <= room && (rival === undefined || cost < rival.cost)
    )
    const candidates: Array<Candidate> = []
    this.#rounds.fill(NaN)
    for (const label of this.#live) this.#candidates(label, learnt, candidates)
    const labels = this.#undominated(candidates, learnt)
    for (const candidate of labels) this.#live.push(this.#label(learnt, candidate))
  }

  #candidates(label: Label, learnt: number, to: Array<Candidate>) {
    const { fixed, ways } = this.problem
    const { samples } = this.#table
    const room = this.#known - this.#rest[learnt]!
    const size = samples[learnt]! - samples[label.learnt]!
    for (let way = 0; way < ways.length; way++) {
      const { share, perSample } = ways[way]!
      const cost = label.cost + fixed + perSample * size
      if (cost + label.harm > room) continue
      if (way !== this.#best && cost + label.harm + this.#alone(label.learnt, learnt, way) > room) continue
      const harm = way === this.#best ? label.harm : this.#harm(label.missing, label.learnt, learnt, share)
      if (cost + harm > room) continue
      const exposure = this.#exposure(label, learnt, share)
      to.push({ cost, harm, exposure, before: label, way })
      if (way === this.#best) this.#challenge(label, learnt, cost, exposure)
    }
  }

  /** Gives a label its rival, now and then. */
  #challenge(label: Label, learnt: number, cost: number, exposure: Float64Array) {
    const waited = learnt - label.learnt
    if ((waited & (waited - 1)) !== 0 || (label.rival !== undefined && label.rival.cost <= cost)) return
    label.rival = { cost, loss: this.#losses(exposure, learnt) }
  }

  #exposure(label: Label, learnt: number, share: number): Float64Array {
    const [before, now] = [this.#table.known[label.learnt]!, this.#table.known[learnt]!]
    const exposure = label.exposure.slice()
    for (let scene = 0; scene < exposure.length; scene++) exposure[scene]! += share * (now[scene]! - before[scene]!)
    return exposure
  }

  /** Of what is missing after a round of this share. */
  #harm(missing: Float64Array, from: number, learnt: number, share: number): number {
    const [before, now] = [this.#table.known[from]!, this.#table.known[learnt]!]
    const lacks = this.problem.ways[this.#best]!.share - share
    const to = this.#missed
    for (let scene = 0; scene < to.length; scene++) to[scene] = missing[scene]! + lacks * (now[scene]! - before[scene]!)
    return this.#bounds.harm(learnt, to)
  }

  /** Of what such a round alone makes missing: with what was missing before, it is no less than both. */
  #alone(from: number, learnt: number, way: number): number {
    const place = from * this.problem.ways.length + way
    const kept = this.#rounds[place]!
    if (kept === kept) return kept
    return (this.#rounds[place] = this.#harm(this.#nothing, from, learnt, this.problem.ways[way]!.share))
  }

  /** Those that no other beats in cost and in every exposure that still counts; of too many, those that promise most. */
  #undominated(candidates: ReadonlyArray<Candidate>, learnt: number): Array<Candidate> {
    const counts = this.#counting(learnt)
    const kept: Array<Candidate> = []
    for (const one of candidates.toSorted((a, b) => a.cost + a.harm - b.cost - b.harm)) {
      if (dominated(one, kept, counts)) continue
      if (kept.length === this.most) {
        this.#dropped = Math.min(this.#dropped, one.cost + one.harm + this.#rest[learnt]!)
        break
      }
      kept.push(one)
    }
    return kept
  }

  /** Scenes that are still asked about. */
  #counting(learnt: number): ReadonlyArray<number> {
    return Array.from(this.#table.left[learnt]!.keys()).filter((scene) => this.#table.left[learnt]![scene]! > 0)
  }

  #follow(last: Label | undefined): ReadonlyArray<Day.Round> {
    const { place, samples } = this.#table
    const rounds: Array<Day.Round> = []
    for (let label = last; label?.before !== undefined; label = label.before) {
      const { share, perSample } = this.problem.ways[label.way]!
      const at = place[label.learnt - 1]! + 1
      const compute = perSample * (samples[label.learnt]! - samples[label.before.learnt]!)
      rounds.push({ began: at, serves: at, share, compute })
    }
    return rounds.toReversed()
  }
}

/** One that beats another promises no less, so it was kept before. */
const dominated = (one: Candidate, kept: ReadonlyArray<Candidate>, counts: ReadonlyArray<number>): boolean => {
  for (const other of kept) {
    if (other.cost <= one.cost && knows(other.exposure, one.exposure, counts)) return true
  }
  return false
}

const knows = (a: Float64Array, b: Float64Array, counts: ReadonlyArray<number>): boolean => {
  for (const scene of counts) if (a[scene]! < b[scene]!) return false
  return true
}

const bestWay = (ways: ReadonlyArray<Day.Way>): number =>
  ways.reduce((best, { share, perSample }, i) => {
    const other = ways[best]!
    return share > other.share || (share === other.share && perSample < other.perSample) ? i : best
  }, 0)

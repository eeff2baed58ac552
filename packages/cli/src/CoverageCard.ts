/** How well fitted costs agree with published measurements: errors, and how often intervals hold what they should. */
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Learn from "@edgeol/sim/cost/Learn"
import type { Observation } from "@edgeol/sim/cost/Mode"
import * as Score from "@edgeol/sim/cost/Score"
import * as Measured from "./Measured.ts"

/** Figures of one board and workload under one way of judging. */
export interface Entry {
  readonly board: string
  readonly workload: string
  /** Modes that were measured, and how many of them a fit saw. */
  readonly modes: number
  readonly profiled: number
  readonly seeds: number
  readonly time: Learn.Figures
  readonly power: Learn.Figures
}

export interface CurvePoint {
  readonly set: string
  /** `active`, `in doubt`, `random`, or the set that the fit started from, its modes drawn at random. */
  readonly how: string
  readonly profiled: number
  readonly time: number
  readonly power: number
  readonly coverage: number
  /** Joules of the mode chosen as cheapest within the lower quartile of times, above those of good choices. */
  readonly regret: number
  /** How much longer than that time it takes, relative. */
  readonly late: number
}

export interface Card {
  /** Modes that the fit had not profiled; the profiled ones were chosen actively. */
  readonly unseen: ReadonlyArray<Entry>
  /** Small tables: each mode predicted from all others. */
  readonly leaveOneModeOut: ReadonlyArray<Entry>
  /** Each workload from five modes of its own and a fit of another workload or board. */
  readonly leaveOneWorkloadOut: ReadonlyArray<Entry & { readonly from: string }>
  readonly curve: ReadonlyArray<CurvePoint>
  readonly published: typeof published
}

/** PowerTrain (doi 10.1016/j.future.2024.07.001), as its authors state it for 50 modes. */
export const published = { source: "PowerTrain, from 50 modes", time: 0.15, power: 0.06 } as const

export interface Options {
  readonly seeds: number
  /** How many unseen modes judge a fit of the curve and of carried fits. */
  readonly judged: number
  /** Sizes of the curve; none for a quick card. */
  readonly sizes: ReadonlyArray<number>
}

export const full: Options = { seeds: 5, judged: 600, sizes: [10, 15, 20, 30, 50, 100] }

/** Below this many modes a table is judged by leaving out one mode at a time. */
const small = 60

interface Table {
  readonly measured: Measured.Measured
  readonly observations: ReadonlyArray<Observation>
}

/** The sets of several modes that the data folder has. */
export const sets = (data: string): ReadonlyArray<Table> =>
  Measured.all.flatMap((measured) => {
    const observations = measured.modes > 1 ? Measured.read(data, measured) : undefined
    return observations === undefined ? [] : [{ measured, observations }]
  })

export const make = (all: ReadonlyArray<Table>, options: Options, onStep: (what: string) => void = () => {}): Card => {
  const large = all.filter(({ observations }) => observations.length >= small)
  const step = <A>(what: string, work: () => A): A => {
    onStep(what)
    return work()
  }
  return {
    unseen: large.map((set) => step(`${set.measured.name}, unseen modes`, () => unseen(set, options.seeds))),
    leaveOneModeOut: all
      .filter((set) => !large.includes(set))
      .map((set) => step(`${set.measured.name}, leave one mode out`, () => leaveOneModeOut(set))),
    leaveOneWorkloadOut: relatives(all).map(([set, from]) =>
      step(`${set.measured.name} from ${from.measured.name}`, () => carried(set, from, options))
    ),
    curve: large.flatMap((set) =>
      options.sizes.flatMap((size) => step(`${set.measured.name}, ${size} modes`, () => curve(set, size, all, options)))
    ),
    published
  }
}

const budget = ({ measured }: Table) => (measured.board === "orin-nano" ? 30 : 50)

export const unseen = (set: Table, seeds: number): Entry => {
  const { observations } = set
  const runs = seedsOf(seeds).map((seed) =>
    Learn.judge(Learn.learn(observations, budget(set), seed, "active"), observations)
  )
  return entry(set, budget(set), seeds, runs)
}

const seedsOf = (seeds: number) => Array.from({ length: seeds }, (_, i) => i + 1)

type Judged = ReturnType<typeof Learn.judge>

const entry = (set: Table, profiled: number, seeds: number, runs: ReadonlyArray<Judged>): Entry => ({
  board: set.measured.board,
  workload: set.measured.workload,
  modes: set.observations.length,
  profiled,
  seeds,
  time: Learn.averaged(runs.map(({ time }) => time)),
  power: Learn.averaged(runs.map(({ power }) => power))
})

const leaveOneModeOut = (set: Table): Entry => {
  const { observations } = set
  const runs = observations.map((one, i) => Learn.figures(CostFit.fit(observations.toSpliced(i, 1)), [one]))
  const tails = (quantity: "time" | "power") => {
    const figures = Learn.averaged(runs.map((run) => run[quantity]))
    const sorted = runs.map((run) => run[quantity].mape).toSorted((a, b) => a - b)
    return { ...figures, p90: sorted[Math.ceil(0.9 * sorted.length) - 1]! }
  }
  return { ...entry(set, observations.length - 1, 1, runs), time: tails("time"), power: tails("power") }
}

/** Each set with another from which its fit can start: another workload of the board, else the workload on another board. */
const relatives = (all: ReadonlyArray<Table>): ReadonlyArray<readonly [Table, Table]> =>
  all.flatMap((set) => {
    const other = all.filter((one) => one !== set)
    const from =
      other.find(({ measured }) => measured.board === set.measured.board) ??
      other.find(({ measured }) => measured.workload === set.measured.workload)
    return from === undefined ? [] : [[set, from] as const]
  })

/** Lanes and bus of the two Orin boards; of the others none changes board. */
const ratios = (set: Table, from: Table): Readonly<Record<string, number>> => {
  const lanes: Readonly<Record<string, number>> = { "agx-orin": 2048, "orin-nano": 1024, "agx-xavier": 512 }
  const ratio = lanes[from.measured.board]! / lanes[set.measured.board]!
  return { G: ratio, M: ratio }
}

const few = 5

const carried = (set: Table, from: Table, options: Options): Entry & { readonly from: string } => {
  const source = Learn.learn(from.observations, Math.min(50, from.observations.length), 1, "active").fit
  const begin = { from: source, ratios: ratios(set, from) }
  const runs = seedsOf(options.seeds).map((seed) => {
    const learned = Learn.learn(set.observations, few, seed, "random", begin)
    return Learn.figures(learned.fit, thinned(set, learned.profiled, options.judged))
  })
  return { ...entry(set, few, options.seeds, runs), from: from.measured.name }
}

/** Every so manieth mode that was not profiled. */
const thinned = ({ observations }: Table, profiled: ReadonlyArray<number>, count: number) => {
  const used = new Set(profiled)
  const left = observations.filter((_, i) => !used.has(i))
  const every = Math.max(1, Math.floor(left.length / count))
  return left.filter((_, i) => i % every === 0)
}

/** More seeds than this change the curve by less than its line is thick. */
const curveSeeds = 2

const curve = (set: Table, size: number, all: ReadonlyArray<Table>, options: Options): ReadonlyArray<CurvePoint> => {
  if (size >= set.observations.length) return []
  const from = relatives(all).find(([one]) => one === set)?.[1]
  const source = from && Learn.learn(from.observations, Math.min(50, from.observations.length), 1, "active").fit
  const times = set.observations.map(({ time }) => time).toSorted((a, b) => a - b)
  const within = times[times.length >> 2]!
  const ways: ReadonlyArray<readonly [string, Learn.Choice, CostFit.Options]> = [
    ["active", "active", {}],
    ["in doubt", { within }, {}],
    ["random", "random", {}],
    ...(source === undefined || size > 30
      ? []
      : [[`from ${from!.measured.name}`, "random", { from: source, ratios: ratios(set, from!) }] as const])
  ]
  return ways.map(([how, choice, begin]) => {
    const runs = seedsOf(Math.min(curveSeeds, options.seeds)).map((seed) => {
      const learned = Learn.learn(set.observations, size, seed, choice, begin)
      return {
        ...Learn.figures(learned.fit, thinned(set, learned.profiled, options.judged)),
        ...Learn.decide(learned.fit, set.observations, within)
      }
    })
    return {
      set: set.measured.name,
      how,
      profiled: size,
      time: Score.average(runs.map(({ time }) => time.mape)),
      power: Score.average(runs.map(({ power }) => power.mape)),
      coverage: Score.average(runs.map(({ time, power }) => (time.coverage90 + power.coverage90) / 2)),
      regret: Score.average(runs.map(({ regret }) => regret)),
      late: Score.average(runs.map(({ late }) => late))
    }
  })
}

/**
 * What got worse than recorded, in sentences: an error by more than a tenth, a coverage that moved away from 90 % by
 * more than three points. The margin is for rounding that differs between machines, and for other seeds' luck.
 */
export const worse = (now: ReadonlyArray<Entry>, recorded: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  now.flatMap((entry) => {
    const before = recorded.find(({ board, workload }) => board === entry.board && workload === entry.workload)
    if (before === undefined) return []
    return (["time", "power"] as const).flatMap((quantity) => {
      const [a, b] = [entry[quantity], before[quantity]]
      const name = `${quantity} of ${entry.board}/${entry.workload}`
      const miss = (figures: Learn.Figures) => Math.abs(figures.coverage90 - 0.9)
      return [
        ...(a.mape > 1.1 * b.mape
          ? [`The error of ${name} is ${a.mape.toFixed(4)}; recorded is ${b.mape.toFixed(4)}.`]
          : []),
        ...(miss(a) > miss(b) + 0.03
          ? [`90 % intervals of ${name} hold ${a.coverage90.toFixed(3)}; recorded is ${b.coverage90.toFixed(3)}.`]
          : [])
      ]
    })
  })

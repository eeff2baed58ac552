/** The fidelity card: runs simulated, against the same runs of real training emulated, on seeds that no fit has seen. */
import * as Ledger from "@edgeol/core/Ledger"
import * as PowerModel from "@edgeol/sim/PowerModel"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import type * as Results from "../evaluate/Results.ts"
import * as Foretell from "./Foretell.ts"
import * as Measure from "./Measure.ts"
import * as Ranking from "./Ranking.ts"
import type * as Real from "./Real.ts"
import * as Score from "./Score.ts"
import type { Speed } from "./Speed.ts"
import * as Start from "./Start.ts"

export interface Run {
  readonly policy: string
  readonly seed: number
  readonly emulated: Measure.Values
  readonly simulated: Readonly<Record<Measure.Measure, Score.Foretold>>
  readonly real?: Measure.Values
}

/** All runs, and those whose cost depends on what is learnt: the others' is exact by construction. */
export interface Figures {
  readonly all: Score.Figures
  readonly adaptive: Score.Figures | null
}

type Each<A> = Readonly<Record<Measure.Measure, A>>

export interface Entry {
  /** Hash of the surrogate, and what it was fitted on. */
  readonly surrogate: string
  readonly fitted: { readonly runs: number; readonly seeds: ReadonlyArray<number> }
  readonly rounds: "warm" | "cold"
  readonly device: string
  readonly policies: ReadonlyArray<string>
  readonly seeds: ReadonlyArray<number>
  /** Simulated runs for each emulated one. */
  readonly draws: number
  /** What the surrogate was told of these seeds; it knows nothing of the others. */
  readonly starts: ReadonlyArray<Start.Start>
  /** Policies that are not on the card, and where the surrogate said that it only guesses. */
  readonly left: ReadonlyArray<Said>
  readonly outside: ReadonlyArray<Said>
  readonly measures: Each<Figures>
  readonly ranking: Each<Ranking.Ranking>
  /** Emulated and simulated against measured runs; null where none were given. */
  readonly real: {
    readonly runs: number
    readonly emulated: Each<Omit<Score.Figures, "coverage90">>
    readonly simulated: Each<Score.Figures>
  } | null
  readonly speed: Speed | null
  readonly runs: ReadonlyArray<Run>
}

interface Said {
  readonly policy: string
  readonly why: string
}

/** By stream, with its version. */
export type Card = Readonly<Record<string, Entry>>

export interface Emulated extends Foretell.Asked {
  readonly values: Measure.Values
  /** Whether it adapts a fast head, which no atlas records. */
  readonly head: boolean
}

/** Joules are what the recorded seconds come to by the device's watts of today, as simulated ones are. */
export const emulated = ({ policy, seed, rounds, meter, ...run }: Results.Run): Emulated => {
  const { watts } = PowerModel.load(meter)
  const joules = Ledger.fineTuning.reduce((sum, of) => sum + (run.activities[of] ?? 0) * watts[of], 0)
  const values = { seconds: run.seconds, joules, rounds: run.finished, accuracy: run.accuracy }
  return { policy, seed, rounds, meter, values, head: (run.activities.head ?? 0) > 0 || /\bhead\b/.test(policy) }
}

export interface Options {
  readonly draws: number
  readonly starts: ReadonlyArray<Start.Start>
  readonly real: ReadonlyArray<Real.Real>
  readonly speed: Speed | null
  readonly onRun?: () => void
}

/** Undefined where no run is left that the surrogate has not seen. */
export const entry = (surrogate: Surrogate, runs: ReadonlyArray<Emulated>, options: Options): Entry | undefined => {
  const { provenance } = surrogate.body
  const heads = new Set(runs.filter(({ head }) => head).map(({ policy }) => policy))
  const own = runs.filter(({ policy, seed }) => !heads.has(policy) && !provenance.seeds.includes(seed))
  const foretold = simulate(surrogate, own, options)
  if (foretold.length === 0) return undefined
  const done = foretold.map(({ run }) => run)
  const left = [...heads].map((policy) => ({ policy, why: "it adapts a fast head, which no atlas records" }))
  const { rounds, meter } = own[0]!
  return {
    surrogate: surrogate.hash,
    fitted: { runs: provenance.runs, seeds: provenance.seeds },
    rounds,
    device: meter,
    policies: unique(done.map(({ policy }) => policy)),
    seeds: unique(done.map(({ seed }) => seed)).toSorted((a, b) => a - b),
    draws: options.draws,
    starts: options.starts.filter((start) => own.some(({ seed }) => seed === start.seed)),
    left,
    outside: [...new Map(foretold.flatMap(({ said }) => (said === undefined ? [] : [[said.policy, said]]))).values()],
    ...judged(done),
    real: againstReal(done),
    speed: options.speed,
    runs: done
  }
}

/** Figures and ranking of runs. */
export const judged = (runs: ReadonlyArray<Run>): Pick<Entry, "measures" | "ranking"> => ({
  measures: Measure.each((measure) => ({
    all: Score.figures(measure, runs.map(pair(measure)))!,
    adaptive: Score.figures(measure, runs.filter(isAdaptive).map(pair(measure))) ?? null
  })),
  ranking: Measure.each((measure) =>
    Ranking.rank(
      runs.map(({ policy, seed, emulated, simulated }) => ({
        policy,
        seed,
        foretold: simulated[measure].value,
        was: emulated[measure]
      }))
    )
  )
})

/** Whether what it costs depends on what is learnt. */
export const isAdaptive = ({ simulated: { seconds } }: Run): boolean => seconds.high - seconds.low > 1e-6

const pair =
  (measure: Measure.Measure) =>
  ({ emulated, simulated }: Run): Score.Pair => ({ foretold: simulated[measure], was: emulated[measure] })

const simulate = (surrogate: Surrogate, runs: ReadonlyArray<Emulated>, { draws, starts, real, onRun }: Options) => {
  const twins = new Map(starts.map((start) => [start.seed, Start.twin(surrogate, start)]))
  return runs.map((asked) => {
    const { policy, seed, rounds, values } = asked
    const twin = twins.get(seed)
    const foretold = Foretell.foretell(surrogate, asked, twin === undefined ? { draws } : { draws, twin })
    onRun?.()
    const same = real.find((one) => one.policy === policy && one.seed === seed && one.rounds === rounds)
    const run: Run = {
      policy,
      seed,
      emulated: rounded(values),
      simulated: Measure.each((of) => short(foretold.values[of]))
    }
    return {
      run: same === undefined ? run : { ...run, real: rounded(same.values) },
      said: foretold.outside === undefined ? undefined : { policy, why: foretold.outside }
    }
  })
}

const againstReal = (runs: ReadonlyArray<Run>): Entry["real"] => {
  const both = runs.flatMap(({ real, ...run }) => (real === undefined ? [] : [{ ...run, real }]))
  if (both.length === 0) return null
  const against = (of: (run: Run, measure: Measure.Measure) => Score.Foretold) =>
    Measure.each((measure) =>
      Score.figures(
        measure,
        both.map((run) => ({ foretold: of(run, measure), was: run.real[measure] }))
      )!
    )
  const emulated = against(({ emulated }, measure) => exactly(emulated[measure]))
  return {
    runs: both.length,
    emulated: Measure.each((measure) => errors(emulated[measure])),
    simulated: against(({ simulated }, measure) => simulated[measure])
  }
}

const exactly = (value: number): Score.Foretold => ({ value, low: value, high: value })

/** An emulated run has no interval. */
const errors = ({ runs, median, p90, bias }: Score.Figures) => ({ runs, median, p90, bias })

/** Eight digits: more would differ between machines. */
const digits = (value: number) => Number(value.toPrecision(8))
const rounded = (values: Measure.Values): Measure.Values => Measure.each((measure) => digits(values[measure]))
const short = ({ value, low, high }: Score.Foretold): Score.Foretold => ({
  value: digits(value),
  low: digits(low),
  high: digits(high)
})

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

/** Simulates again what is recorded of these policies, against the recorded emulated runs. */
export const again = (
  surrogate: Surrogate,
  { runs, draws, starts, rounds, device }: Entry,
  policies: ReadonlyArray<string>
) => {
  const own = runs.filter(({ policy }) => policies.includes(policy))
  const asked = own.map(({ policy, seed, emulated }) => ({
    policy,
    seed,
    rounds,
    meter: device,
    values: emulated,
    head: false
  }))
  return simulate(surrogate, asked, { draws, starts, real: [], speed: null }).map(({ run }) => run)
}

/** The margins are for rounding that differs between machines. */
const margin = { error: 0.002, coverage: 0.03, tau: 0.05 }

/** What got worse than recorded, in sentences. */
export const worse = (now: Pick<Entry, "measures" | "ranking">, before: typeof now): ReadonlyArray<string> =>
  Measure.measures.flatMap((measure) => {
    const [a, b] = [now.measures[measure].all, before.measures[measure].all]
    const [ranks, ranked] = [now.ranking[measure].tau, before.ranking[measure].tau]
    const miss = ({ coverage90 }: Score.Figures) => Math.max(0, 0.9 - coverage90)
    return [
      ...(a.median > 1.1 * b.median + margin.error
        ? [`The median error of ${measure} is ${a.median.toFixed(4)}; recorded is ${b.median.toFixed(4)}.`]
        : []),
      ...(a.p90 > 1.1 * b.p90 + margin.error
        ? [`Nine in ten errors of ${measure} are below ${a.p90.toFixed(4)}; recorded is ${b.p90.toFixed(4)}.`]
        : []),
      ...(miss(a) > miss(b) + margin.coverage
        ? [`90 % intervals of ${measure} hold ${a.coverage90.toFixed(3)}; recorded is ${b.coverage90.toFixed(3)}.`]
        : []),
      ...(ranked !== null && (ranks ?? 0) < ranked - margin.tau
        ? [`Kendall's tau by ${measure} is ${(ranks ?? 0).toFixed(3)}; recorded is ${ranked.toFixed(3)}.`]
        : [])
    ]
  })

/** Rates, counts and processes of a scenario that cannot be. Each is one sentence about its field. */
import * as Course from "./Course.ts"
import type { Scenario } from "./Document.ts"
import { type Found, firstOf, type Path, problem } from "./Problem.ts"
import type * as Process from "./Process.ts"
import * as Sources from "./Sources.ts"

export const first = (scenario: Scenario): Found => {
  const { batches, requests, schedule } = scenario
  if (batches === undefined && requests === undefined)
    return problem([], "nothing ever arrives; give requests or batches")
  const course = Course.of(scenario)
  return firstOf(["batches", "requests"] as const, (kind) =>
    firstOf(course.legs, (leg, i) => {
      const own = schedule[i]![kind] === undefined ? [kind] : ["schedule", i, kind]
      if (own.length === 3 && scenario[kind] === undefined) return problem(own, `there are no ${kind} to change`)
      const placing = leg[kind]
      return placing === undefined ? undefined : inPlacing(placing, leg.duration, Course.longest(course), own)
    })
  )
}

/** Arrivals a second, or of one stretch, at most. */
const fastest = 1e6
const mostCounted = 1e8

const inPlacing = (placing: Course.Placing, duration: number, end: number, path: Path): Found => {
  const { rate, count, process } = placing
  if (process?.kind === "trace") {
    return rate === undefined && count === undefined
      ? undefined
      : problem(path, "a trace has its own times; scale it or keep a share of it, without a rate or count")
  }
  if (rate !== undefined && count !== undefined) return problem(path, "give rate or count, not both")
  const often = rate ?? (count === undefined ? undefined : count / duration)
  if (often === undefined) return problem(path, "say how often: give a rate, or a count for each stretch")
  if (often > fastest) return problem(path, `${often} a second are more than ${fastest} a second`)
  if ((count ?? 0) > mostCounted) return problem(path, `more than ${mostCounted} in a stretch; give a rate instead`)
  return inProcess(placing, end, [...path, "process"])
}

const inProcess = ({ rate, process }: Course.Placing, end: number, path: Path): Found => {
  if (process?.kind !== "markov" && process?.kind !== "diurnal" && process?.kind !== "bursts") return undefined
  const { kind } = process
  if (rate === undefined) return problem([...path, "kind"], `${kind} arrivals need a rate, not a count`)
  if (process.kind === "markov" && process.levels.every(({ level }) => level === 0)) {
    return problem([...path, "levels"], "all levels are zero; give one that is not")
  }
  if (process.kind === "diurnal" && process.profile.every((level) => level === 0)) {
    return problem([...path, "profile"], "is zero all day; give a part that is not")
  }
  if (process.kind === "bursts" && !(Sources.pauseBetween(process.size, process.gap, rate) > 0)) {
    return problem([...path, "gap"], `bursts of ${process.size} so far apart leave no pause at ${rate} a second`)
  }
  const piece = pieceOf(process)
  return end / piece > 1e7 && rate * piece < 1e-4
    ? problem([...path, "kind"], "the rate changes ten thousand times between arrivals; use poisson")
    : undefined
}

/** How long the rate stays as it is, s. */
const pieceOf = (process: Process.Markov | Process.Diurnal | Process.Bursts): number => {
  if (process.kind === "bursts") return Infinity
  if (process.kind === "diurnal") return (process.day ?? 86_400) / process.profile.length
  return Math.min(...process.levels.map(({ dwell }) => dwell))
}

/** A trace that is to start again and again must take some time. */
export const inTraces = (scenario: Scenario, traces: Sources.Traces): Found =>
  firstOf(Course.of(scenario).legs, (leg) =>
    firstOf(["batches", "requests"] as const, (kind) => {
      const process = leg[kind]?.process
      if (process?.kind !== "trace" || process.repeat !== true) return undefined
      const times = traces.get(process.file) ?? new Float64Array()
      return Sources.periodOf(times) * (process.scale ?? 1) * fastest > times.length
        ? undefined
        : problem([kind, "process", "repeat"], `the times of ${process.file} are too close together to be repeated`)
    })
  )

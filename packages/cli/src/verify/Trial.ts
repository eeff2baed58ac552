/** A policy tried on a stage: in every kept scenario and on drawn days, and what was the worst of all. */
import * as Envelope from "@edgeol/core/guards/Envelope"
import type { Policy } from "@edgeol/core/Policy"
import type { Day } from "@edgeol/verify/AnyDay"
import * as Trials from "@edgeol/verify/Trials"
import * as Watch from "@edgeol/verify/Watch"
import { Effect } from "effect"
import * as Progress from "../Progress.ts"
import * as Stage from "./Stage.ts"

export interface Options {
  readonly cases: number
  /** Of kept scenarios: so many seeds, from this on; days are drawn from it too. */
  readonly seeds: number
  readonly seed: number
}

/** One run. */
export interface Run {
  /** The kept scenario's name; the place of a day that was drawn. */
  readonly where: string | number
  readonly seed: number
  readonly watched: Watch.Watched
}

export interface Tried {
  readonly runs: ReadonlyArray<Run>
  readonly days: ReadonlyArray<Day>
  readonly worst: Envelope.Standing
}

export const all = Effect.fnUntraced(function* (stage: Stage.Stage, policy: Policy, options: Options) {
  const progress = yield* Progress.bar(stage.kept.length * options.seeds + options.cases)
  const runs: Array<Run> = []
  for (const played of stage.kept) {
    for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
      runs.push({ where: played.name, seed, watched: watch(stage, played, policy, seed) })
      progress.to(runs.length, `${played.name}, seed ${seed}`)
      yield* Effect.yieldNow
    }
  }
  const before = runs.length
  const tried = yield* Effect.promise(() =>
    Trials.all(
      stage.days,
      (day) => onDay(stage, policy, day),
      options,
      (done) => progress.to(before + done, `drawn day ${done}`)
    )
  )
  runs.push(...tried.map(({ day: { seed }, watched }, where) => ({ where, seed, watched })))
  const worst = runs.reduce((sum, { watched }) => Envelope.worst(sum, watched.worst), Envelope.nothing)
  return { runs, days: tried.map(({ day }) => day), worst } satisfies Tried
}, Effect.scoped)

const watch = (stage: Stage.Stage, opened: Parameters<typeof Stage.play>[1], policy: Policy, seed: number) =>
  Watch.run(policy, (watched) => Stage.play(stage, opened, watched, seed))

export const onDay = (stage: Stage.Stage, policy: Policy, { scenario, seed }: Day): Watch.Watched =>
  watch(stage, stage.opened(scenario), policy, seed)

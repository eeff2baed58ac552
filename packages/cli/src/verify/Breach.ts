/** A promise that broke: the shortest day found on which it does, its tape up to there, and the line that replays it. */
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Entry } from "@edgeol/core/Journal"
import type { Policy } from "@edgeol/core/Policy"
import type * as Scenario from "@edgeol/sim/Scenario"
import * as Trials from "@edgeol/verify/Trials"
import * as Watch from "@edgeol/verify/Watch"
import type { Opened } from "../simulate/Open.ts"
import * as Stage from "./Stage.ts"
import * as Trial from "./Trial.ts"

export interface Breach extends Envelope.Breach {
  /** A kept scenario by its name, or one that was drawn and shrunk. */
  readonly scenario: string | Scenario.Scenario
  readonly seed: number
  /** What happened and was decided, up to the breach. */
  readonly tape: ReadonlyArray<Entry>
}

type Promised = Envelope.Breach["promise"]

/** One for each promise that some run broke. */
export const all = (
  stage: Stage.Stage,
  policy: Policy,
  envelope: Envelope.Envelope,
  tried: Trial.Tried,
  options: Trial.Options
): ReadonlyArray<Breach> =>
  promisesBroken(envelope, tried).map((promise) => {
    const breaks = (watched: Watch.Watched) => isBroken(envelope, promise, watched)
    const drawn = tried.runs.find(({ where, watched }) => typeof where === "number" && breaks(watched))
    const kept = tried.runs.find(({ where, watched }) => typeof where === "string" && breaks(watched))
    if (typeof drawn?.where !== "number") {
      const played = stage.kept.find(({ name }) => name === kept!.where)!
      return found(stage, policy, envelope, promise, { opened: played, scenario: played.name, seed: kept!.seed })
    }
    const first = tried.days[drawn.where]!
    const day =
      Trials.shrink(stage.days, (day) => breaks(Trial.onDay(stage, policy, day)), drawn.where, options) ?? first
    const { scenario, seed } = day
    return found(stage, policy, envelope, promise, { opened: stage.opened(scenario), scenario, seed })
  })

const promisesBroken = (envelope: Envelope.Envelope, { runs }: Trial.Tried): ReadonlyArray<Promised> => {
  const stuck = runs.flatMap(({ watched }) => (watched.stuck === undefined ? [] : [watched.stuck.promise]))
  const broken = Envelope.names.filter((name) => runs.some(({ watched }) => isBroken(envelope, name, watched)))
  return [...new Set([...stuck, ...broken])]
}

const isBroken = (envelope: Envelope.Envelope, promise: Promised, { worst, stuck }: Watch.Watched): boolean =>
  stuck?.promise === promise || (promise !== "decides" && worst[promise] > (envelope[promise] ?? Infinity))

/** Runs it once more, under a guard of that promise alone, to see where it breaks. */
const found = (
  stage: Stage.Stage,
  policy: Policy,
  envelope: Envelope.Envelope,
  promise: Promised,
  { opened, scenario, seed }: { readonly opened: Opened } & Pick<Breach, "scenario" | "seed">
): Breach => {
  const bounds = { progress: Watch.patience, ...(promise === "decides" ? {} : one(envelope, promise)) }
  const guarded = Promises.guard(bounds)(policy)
  const tape: Array<Entry> = []
  let breach: Envelope.Breach | undefined
  const watched = {
    ...guarded,
    decide(state: Promises.State, observation: Entry["observation"]) {
      const step = guarded.decide(state, observation)
      breach ??= step[0].breach ?? undefined
      return step
    }
  }
  let isOver = false
  Stage.play(stage, opened, watched, seed, (entry) => {
    if (!isOver) tape.push(entry)
    isOver = breach !== undefined
  })
  return { ...breach!, scenario, seed, tape }
}

const one = (envelope: Envelope.Envelope, promise: Envelope.Name): Envelope.Envelope =>
  envelope[promise] === undefined ? {} : { [promise]: envelope[promise] }

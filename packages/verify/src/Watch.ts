/** A policy's runs, watched: where its promises stood at their worst, and whether it could decide at all. */
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Policy } from "@edgeol/core/Policy"

/** More consequences in a row than these are an endless question, and the run goes on without the policy. */
export const patience = 1000

export interface Watched {
  readonly worst: Envelope.Standing
  /** It threw, decided what cannot be done, or never let time pass. */
  readonly stuck: Envelope.Breach | undefined
}

/** Lets `run` run the policy, any number of times, each from its start. */
export const run = (policy: Policy, run: (watched: Policy) => void): Watched => {
  const guarded = Promises.guard({ progress: patience })(policy)
  let [last, worst] = [guarded.initial, Envelope.nothing]
  let stuck: Envelope.Breach | undefined
  run({
    ...guarded,
    config: policy.config,
    decide(state: Promises.State, observation) {
      if (observation._tag === "Started") worst = Envelope.worst(worst, last.most)
      const step = guarded.decide(state, observation)
      last = step[0]
      stuck ??= last.breach ?? undefined
      return step
    }
  })
  return { worst: Envelope.worst(worst, last.most), stuck }
}

/** The promise that a run broke: one of the envelope's, or that it can decide. */
export const broken = (
  envelope: Envelope.Envelope,
  { worst, stuck }: Watched
): Envelope.Breach["promise"] | undefined => stuck?.promise ?? Envelope.broken(envelope, worst)

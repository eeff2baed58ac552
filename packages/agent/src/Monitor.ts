/** The runtime monitor: a policy under its promises, and somebody who is told of its state. */
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Promises from "@edgeol/core/guards/Promises"
import type { Policy } from "@edgeol/core/Policy"

export interface Monitor {
  /** The policy under its guard. */
  readonly guarded: Policy
  /** The same, for the loop: it tells of each state. */
  readonly watched: Policy
  /** After the last decision. */
  readonly state: () => unknown
  /** Where a run goes on. */
  readonly resume: (state: unknown) => void
}

/** `onBreach` is told at the decision in which the policy steps aside. */
export const make = (
  policy: Policy,
  envelope: Envelope.Envelope,
  onBreach: (breach: Envelope.Breach) => void
): Monitor => {
  const guarded = Promises.guard(envelope)(policy)
  let last: unknown = guarded.initial
  return {
    guarded,
    watched: {
      ...guarded,
      decide: (state, observation) => {
        const [next, decision] = guarded.decide(state, observation)
        if (next.breach !== null && Promises.breach(state) === undefined) onBreach(next.breach)
        last = next
        return [next, decision]
      }
    },
    state: () => last,
    resume: (state) => {
      last = state
    }
  }
}

/** A promise, where it stands, and what share of it is left: 1 untouched, 0 at the bound, below 0 broken. */
export interface Promised {
  readonly name: Envelope.Name
  readonly unit: string
  readonly now: number
  readonly most: number
  readonly bound: number
  readonly left: number
}

/** The promises of an envelope in a state of the monitor. */
export const promised = (envelope: Envelope.Envelope, state: unknown): ReadonlyArray<Promised> => {
  const guard = Promises.find(state)
  return Envelope.names.flatMap((name) => {
    const bound = envelope[name]
    if (bound === undefined) return []
    const [now, most] = [guard?.now[name] ?? 0, guard?.most[name] ?? 0]
    return [
      { name, unit: Envelope.units[name], now, most, bound, left: bound > 0 ? 1 - now / bound : now > 0 ? -1 : 0 }
    ]
  })
}

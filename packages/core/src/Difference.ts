/** Where two recorded runs part. Costs and scores are not looked at: what a policy saw and said is. */
import type { Decision } from "./Decision.ts"
import * as Decisions from "./Decision.ts"
import * as Fingerprint from "./Fingerprint.ts"
import type { Observation } from "./Observation.ts"
import type { Policy } from "./Policy.ts"

export interface Line {
  readonly observation: Observation
  readonly decision: Decision
}

export interface Difference {
  /** From 0. */
  readonly line: number
  readonly what: "observation" | "decision" | "end"
  /** The line in each; undefined of the one that has ended. */
  readonly one: Line | undefined
  readonly other: Line | undefined
}

/** The first one between two tapes. */
export const first = (one: ReadonlyArray<Line>, other: ReadonlyArray<Line>): Difference | undefined => {
  for (let line = 0; line < Math.max(one.length, other.length); line++) {
    const [a, b] = [one[line], other[line]]
    const what = a === undefined || b === undefined ? "end" : between(a, b)
    if (what !== undefined) return { line, what, one: a, other: b }
  }
  return undefined
}

/** Numbers are equal as in a fingerprint: to the bit, one zero and one NaN. */
const between = (a: Line, b: Line): Difference["what"] | undefined => {
  if (saw(a) !== saw(b)) return "observation"
  return Fingerprint.of([a]) === Fingerprint.of([b]) ? undefined : "decision"
}

const saw = ({ observation }: Line) => Fingerprint.of([{ observation, decision: Decisions.wait }])

/** The first one between what a tape decided and what a policy decides at the same observations. */
export const replayed = (tape: ReadonlyArray<Line>, policy: Policy): Difference | undefined => {
  let state = policy.initial
  const again = tape.map(({ observation }): Line => {
    const [next, decision] = policy.decide(state, observation)
    state = next
    return { observation, decision }
  })
  return first(tape, again)
}

/** For a person: what differs, and what it was seen with. */
export const sentence = ({ line, what, one, other }: Difference): string => {
  const { observation } = (one ?? other)!
  const where = `Line ${line}, ${observation._tag} at ${observation.at} s`
  if (what === "end") return `${where}: there only in ${one === undefined ? "the other" : "one"}.`
  const [a, b] = what === "observation" ? [one?.observation, other?.observation] : [one?.decision, other?.decision]
  const after = what === "decision" ? ` after ${JSON.stringify(observation)}` : ""
  return `${where}: the ${what} is ${JSON.stringify(a)} in one and ${JSON.stringify(b)} in the other${after}.`
}

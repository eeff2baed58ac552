/** Where policies lose, in sentences made from the numbers. */
import type { Interval } from "../Comparison.ts"
import * as Text from "../report/Text.ts"
import * as Summary from "./Summary.ts"

interface Loss {
  readonly stream: string
  readonly change: Interval
}

/** Streams on which a policy has fewer points than immediate. */
export const losses = (summary: Summary.Summary, policy: string): ReadonlyArray<Loss> =>
  Object.entries(summary).flatMap(([stream, policies]) => {
    const change = policies[policy]?.deltaAgainstImmediate?.accuracy
    return change !== undefined && change.mean < 0 ? [{ stream, change }] : []
  })

/** A sentence for each policy. */
export const sentences = (
  summary: Summary.Summary,
  policies: ReadonlyArray<string>
): ReadonlyArray<readonly [policy: string, sentence: string]> =>
  policies
    .filter((policy) => policy !== Summary.reference && isCompared(summary, policy))
    .map((policy) => [policy, [points(summary, policy), slower(summary, policy), beaten(summary, policy)].join("")])

const isCompared = (summary: Summary.Summary, policy: string) =>
  Object.values(summary).some((of) => (of[policy]?.deltaAgainstImmediate ?? null) !== null)

const points = (summary: Summary.Summary, policy: string): string => {
  const all = losses(summary, policy)
  const [sure, doubtful] = [all.filter(isSure), all.filter((loss) => !isSure(loss))]
  const named = (of: ReadonlyArray<Loss>) =>
    of.map(({ stream, change }) => `${stream} (${Text.change(change)})`).join(", ")
  if (all.length === 0) return "has no fewer points than immediate on any stream."
  if (sure.length === 0) return `has fewer points on ${named(doubtful)}, by no more than chance explains.`
  const others = doubtful.length === 0 ? "" : `; less surely on ${named(doubtful)}`
  return `has fewer points on ${named(sure)}${others}.`
}

/** The interval leaves zero out. */
const isSure = ({ change }: Loss) => change.high !== null && change.high < 0

const slower = (summary: Summary.Summary, policy: string): string => {
  const streams = Object.entries(summary).flatMap(([stream, of]) =>
    (of[policy]?.deltaAgainstImmediate?.seconds.mean ?? 0) > 0 ? [stream] : []
  )
  return streams.length === 0 ? "" : ` It takes more time on ${streams.join(", ")}.`
}

/** By policies that take less time and have more points, in the mean; the most accurate of them is named. */
const beaten = (summary: Summary.Summary, policy: string): string => {
  const by = Object.entries(summary).flatMap(([stream, of]) => {
    const own = of[policy]?.deltaAgainstImmediate
    const [best, ...others] = own === undefined || own === null ? [] : better(of, own)
    return best === undefined ? [] : [`${stream} (${best}${others.length === 0 ? "" : ` and ${others.length} more`})`]
  })
  return by.length === 0 ? "" : ` Others take less time and have more points on ${by.join(", ")}.`
}

/** The most accurate first. */
const better = (of: Summary.Summary[string], own: Summary.Delta): ReadonlyArray<string> =>
  Object.entries(of)
    .flatMap(([name, { deltaAgainstImmediate: other }]) => (other === null ? [] : [[name, other] as const]))
    .filter(([, { seconds, accuracy }]) => seconds.mean < own.seconds.mean && accuracy.mean > own.accuracy.mean)
    .toSorted(([, a], [, b]) => b.accuracy.mean - a.accuracy.mean)
    .map(([name]) => name)

/** What came of verifying a policy, as data and as text. */
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Text from "../report/Text.ts"
import type { Tried } from "./Trial.ts"
import type { Written } from "./Written.ts"

export interface Law {
  readonly law: string
  readonly kept: boolean
  /** How it is broken, and the shortest tape found, as a program would write it. */
  readonly sentence?: string
  readonly tape?: string
}

/** Where a promise stood at its worst. */
export interface Row {
  readonly promise: Envelope.Name
  readonly unit: string
  readonly worst: number
  readonly where: { readonly scenario: string | number; readonly seed: number } | null
  readonly promised: number | null
  readonly kept: boolean
}

export interface Verdict {
  readonly policy: string
  readonly device: string
  readonly stream: string
  readonly rounds: "warm" | "cold"
  /** SHA-256 of the policy's module graph, and what it asks of Node. */
  readonly modules: string
  readonly builtins: ReadonlyArray<string>
  readonly laws: ReadonlyArray<Law>
  readonly kept: ReadonlyArray<string>
  readonly left: ReadonlyArray<string>
  readonly cases: number
  readonly seed: number
  readonly seeds: number
  readonly runs: number
  readonly promises: ReadonlyArray<Row>
  readonly breaches: ReadonlyArray<Written>
}

export const rows = (envelope: Envelope.Envelope, { runs, worst }: Tried): ReadonlyArray<Row> =>
  Envelope.names.map((promise) => {
    const at = runs.find(({ watched }) => watched.worst[promise] === worst[promise])
    return {
      promise,
      unit: Envelope.units[promise],
      worst: worst[promise],
      where: at === undefined || worst[promise] === 0 ? null : { scenario: at.where, seed: at.seed },
      promised: envelope[promise] ?? null,
      kept: worst[promise] <= (envelope[promise] ?? Infinity)
    }
  })

export const isBroken = ({ laws, breaches, builtins }: Verdict): boolean =>
  laws.some(({ kept }) => !kept) || breaches.length > 0 || builtins.length > 0

/** What is wrong, in a sentence. */
export const sentence = ({ policy, laws, breaches, builtins }: Verdict): string => {
  const law = laws.find(({ kept }) => !kept)
  if (law !== undefined) return law.sentence ?? `${policy} breaks "${law.law}".`
  if (builtins.length > 0) {
    return `${policy} imports ${builtins.join(", ")}: a policy sees nothing but its observations; leave that to an adapter.`
  }
  const names = breaches.map(({ promise }) => promise).join(", ")
  return `${policy} breaks ${breaches.length === 1 ? "a promise" : "promises"}: ${names}.`
}

export const text = (verdict: Verdict): string =>
  [
    `${verdict.policy} on ${verdict.device}, learning ${verdict.stream} in ${verdict.rounds} rounds`,
    "",
    ...verdict.laws.map(({ law, kept }) => `  ${kept ? "kept  " : "BROKEN"}  ${law}`),
    ...verdict.laws.flatMap(({ sentence, tape }) =>
      sentence === undefined ? [] : ["", sentence, `Shortest tape, for Policy.decisions(policy, tape): ${tape}`]
    ),
    ...(verdict.runs === 0 ? [] : tried(verdict)),
    ...verdict.breaches.flatMap(breach),
    ...(verdict.runs === 0 || isBroken(verdict) ? [] : next(verdict))
  ].join("\n")

const tried = ({ promises, kept, left, seeds, cases, runs }: Verdict): ReadonlyArray<string> => [
  "",
  `Simulated ${Text.plural(runs, "run")}: ${Text.plural(kept.length, "kept scenario")} with ${Text.plural(seeds, "seed")} each, ${Text.plural(cases, "drawn day")}.`,
  ...(left.length === 0 ? [] : [`Left out: ${left.join("; ")}.`]),
  "",
  ...table([["promise", "worst", "promised", "", "worst in"], ...promises.map(cells)])
]

const cells = ({ promise, unit, worst, where, promised, kept }: Row): ReadonlyArray<string> => [
  promise,
  `${Text.number(worst)} ${unit}`,
  promised === null ? "" : `${Text.number(promised)} ${unit}`,
  promised === null ? "" : kept ? "kept" : "BROKEN",
  where === null
    ? ""
    : typeof where.scenario === "number"
      ? `drawn day ${where.scenario + 1}`
      : `${where.scenario}, seed ${where.seed}`
]

/** What to type where nothing is promised. */
const next = ({ promises }: Verdict): ReadonlyArray<string> =>
  promises.some(({ promised }) => promised !== null)
    ? []
    : [
        "",
        "Nothing is promised yet, and the worst of a simulation has no margin: on a board whose costs were not measured",
        "seconds and joules may be twice as many. With that, and a quarter more of the rest:",
        `  --promise ${Object.entries(roomy(promises))
          .map(([promise, bound]) => `${promise}=${bound}`)
          .join(",")}`
      ]

/** Promises with room for what is worse on a board, or on a day that was not tried. */
export const roomy = (rows: ReadonlyArray<Row>): Envelope.Envelope =>
  Object.fromEntries(rows.map(({ promise, worst }) => [promise, counted.has(promise) ? more(worst) : twice(worst)]))

/** A quarter more, rounded up to a whole number. */
const more = (worst: number): number => Math.ceil(1.25 * worst)

/** Rounded up to two digits. */
const twice = (worst: number): number => {
  const digit = 10 ** Math.floor(Math.log10(2 * worst) - 1)
  return worst > 0 ? Number((Math.ceil((2 * worst) / digit) * digit).toPrecision(2)) : 0
}

const counted: ReadonlySet<Envelope.Name> = new Set(["roundsPerHour", "stateBytes", "progress"])

const table = (lines: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  return lines.map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i]!)).join("  ")}`.trimEnd())
}

const breach = ({ sentence, scenario, seed, last, tape, replay }: Written): ReadonlyArray<string> => [
  "",
  sentence,
  `In ${scenario}, seed ${seed}; the tape is ${tape} and ends:`,
  ...last,
  `Replay it: ${replay}`
]

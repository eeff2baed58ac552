/** What decides the numbers of a page: experiment, policies, seeds, versions; and how to make them again. */
import * as Tape from "../Tape.ts"
import * as Figure from "./Figure.ts"
import * as Html from "./Html.ts"
import * as Repeat from "./Repeat.ts"

export const sections = (tapes: ReadonlyArray<Tape.Tape>, command = Repeat.commands(tapes)): ReadonlyArray<string> => {
  const header = tapes[0]?.header
  if (header === undefined) return []
  return [
    `<p>To repeat it:</p>`,
    Html.code(command),
    Html.details(
      "Exact configuration",
      Html.pairs(facts(tapes)),
      ...policies(tapes),
      ...experiments(tapes),
      runs(tapes)
    )
  ]
}

const clocks = {
  measured: "durations measured on this machine; waiting for arrivals skipped",
  modelled: "durations of a cost model",
  real: "durations measured on this machine; nothing skipped"
}

const processes = {
  warm: "in the resident process",
  cold: "each in a fresh process, which loads the checkpoint, trains, saves and exits"
}

/** One value where all runs agree, else each. */
const facts = (tapes: ReadonlyArray<Tape.Tape>): ReadonlyArray<readonly [string, string]> => {
  const all = (of: (header: Tape.Header) => string) => distinct(tapes.map(({ header }) => of(header))).join("; ")
  const versions = distinct(tapes.flatMap(({ header }) => Object.keys(header.versions)))
  return [
    ["stream", all(({ stream }) => stream)],
    ["seeds", all(({ seed }) => String(seed))],
    ["clock", all(({ clock }) => clocks[clock])],
    ["rounds", all(({ rounds }) => processes[rounds])],
    ["joules", all(({ meter }) => `${meter.kind}: ${meter.source}`)],
    ["freezable units", all(({ units }) => units.join(", "))],
    ["tape format", all(({ format }) => format)],
    ...versions.map((name) => [name, all((header) => header.versions[name] ?? "not recorded")] as const)
  ]
}

const distinct = (values: ReadonlyArray<string>) => [...new Set(values)]

const policies = (tapes: ReadonlyArray<Tape.Tape>): ReadonlyArray<string> => [
  "<h3>Policies</h3>",
  Html.code(
    pretty(Object.fromEntries(Figure.byPolicy(tapes).map(([name, [tape]]) => [name, tape!.header.policy.config])))
  )
]

const experiments = (tapes: ReadonlyArray<Tape.Tape>): ReadonlyArray<string> => [
  "<h3>Experiment</h3>",
  ...distinct(tapes.map(({ header }) => pretty(header.experiment))).map(Html.code)
]

const pretty = (json: unknown) => JSON.stringify(json, null, 2)

/** Equal hashes of observations and decisions mean equal behaviour. */
const runs = (tapes: ReadonlyArray<Tape.Tape>): string =>
  Html.table(
    "Runs, each with the SHA-256 of its observations and decisions",
    [
      { title: ["", "policy"], cell: ({ header }) => header.policy.name },
      { title: ["", "seed"], cell: ({ header }) => String(header.seed) },
      { title: ["", "entries"], cell: ({ entries }) => String(entries.length) },
      { title: ["", "hash"], cell: ({ entries }) => Tape.hash(entries) }
    ],
    tapes
  )

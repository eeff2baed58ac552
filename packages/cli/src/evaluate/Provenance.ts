/** What decides the numbers of an evaluation: its plan, seeds, versions; and how to make them again. */
import * as Html from "../report/Html.ts"
import * as Text from "../report/Text.ts"
import type { Plan } from "./Plan.ts"
import type { Run } from "./Results.ts"

export const sections = (runs: ReadonlyArray<Run>, plan: Plan): ReadonlyArray<string> => [
  "<h2>How this was made</h2>",
  `<p>${Html.escape(extent(runs, plan))} ${Html.escape(choice(plan))}</p>`,
  "<p>To repeat it, and to compare some of it with what is recorded:</p>",
  Html.code("pnpm edgeol evaluate\npnpm edgeol evaluate --check"),
  Html.details("Exact configuration", Html.pairs(facts(runs, plan)), table(runs))
]

const extent = (runs: ReadonlyArray<Run>, { policies, streams, seeds }: Plan) => {
  const all = policies.length * streams.length * seeds.length
  const kinds = policies.length === 1 ? "One policy" : `${policies.length} policies`
  return (
    `${kinds} on ${Text.plural(streams.length, "stream")} with ${Text.plural(seeds.length, "seed")}: ` +
    `${Text.plural(all, "run")}, of which ${recorded(runs.length)} recorded.`
  )
}

const recorded = (n: number) => `${Text.count(n)} ${n === 1 ? "is" : "are"}`

/** How defaults were chosen, as far as the plan tells. */
const choice = ({ chosen, seeds }: Plan) => {
  const tried = chosen?.settings === undefined ? "" : `, from ${Text.plural(chosen.settings, "setting")}`
  return chosen === undefined
    ? "How defaults were chosen is in DESIGN.md."
    : `Defaults were chosen on seeds ${chosen.seeds.join(", ")}${tried}, before these runs, whose seeds are others: ${seeds.join(", ")}. What was tried is in DESIGN.md.`
}

const distinct = (values: ReadonlyArray<string>) => [...new Set(values)].join("; ")

const facts = (runs: ReadonlyArray<Run>, { rounds, seeds, policies, streams }: Plan) => {
  const versions = [...new Set(runs.flatMap((run) => Object.keys(run.versions)))]
  return [
    ["policies", policies.join(", ")],
    ["streams", streams.join(", ")],
    ["seeds", seeds.join(", ")],
    ["rounds", rounds],
    ["clock", "durations of a cost model"],
    ["joules", distinct(runs.map(({ meter }) => `modelled: ${meter}`))],
    ...versions.map((name) => [name, distinct(runs.map((run) => run.versions[name] ?? "not recorded"))] as const)
  ] as const
}

/** Equal hashes mean that the same was learnt, to the bit. */
const table = (runs: ReadonlyArray<Run>) =>
  Html.table(
    "Runs, each with the SHA-256 of the weights at its end",
    [
      { title: ["", "policy"], cell: ({ policy }) => policy },
      { title: ["", "stream"], cell: ({ stream }) => stream },
      { title: ["", "seed"], cell: ({ seed }) => String(seed) },
      { title: ["", "rounds"], cell: ({ finished }) => Text.count(finished) },
      { title: ["fine-tuning", "time"], cell: ({ seconds }) => Text.seconds(seconds) },
      { title: ["", "accuracy"], cell: ({ accuracy }) => Text.percent(accuracy) },
      { title: ["", "hash"], cell: ({ weights }) => weights.slice(0, 16) }
    ],
    runs
  )

/** A sweep of `Mm1Body` in a process of its own: folder, customers for each letter, seeds, answer to a long plan. */
import * as Sweep from "@edgeol/cli/sweep/Sweep"
import * as Trials from "@edgeol/cli/sweep/Trials"
import { columns } from "./Mm1Body.ts"

const [folder = "", customers = "", seeds = "", answer = "yes"] = process.argv.slice(2)

const plan = {
  policies: ["immediate", "periodic:$every"],
  parameters: { every: [2, 4] },
  scenarios: ["one.yaml", "two.yaml"],
  seeds: JSON.parse(seeds) as number | ReadonlyArray<number>
}

const job: Sweep.Job = {
  folder,
  trials: Trials.make(
    plan,
    Trials.settings(plan, () => "orin-nano@15W"),
    ({ scenario }) => scenario + customers,
    "1"
  ),
  pool: {
    workers: 2,
    module: new URL("./Mm1Body.ts", import.meta.url),
    shared: { customers: Number(customers) }
  },
  columns: { parameters: { every: "BIGINT" }, results: columns }
}

const listener: Sweep.Listener = {
  ready: async ({ trials, left, seconds }) => {
    console.error(`${trials} trials, ${left} left, ${seconds} s`)
    if (answer !== "yes") throw new Error("No.")
  },
  onProgress: () => {}
}

try {
  console.log(JSON.stringify(await Sweep.run(job, listener, new AbortController().signal)))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

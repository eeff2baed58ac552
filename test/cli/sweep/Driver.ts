/** A sweep of `Mm1Body` in a process of its own. */
import { fileURLToPath } from "node:url"
import * as Sweep from "@edgeol/cli/sweep/Sweep"
import * as Trials from "@edgeol/cli/sweep/Trials"
import { columns } from "./Mm1Body.ts"

export interface Asked {
  readonly folder: string
  /** For each letter of a policy. */
  readonly customers: number
  readonly seeds: number | ReadonlyArray<number>
  /** Whether it starts when it is told how long it takes. */
  readonly agrees?: boolean
}

/** What follows `node` to run it. */
export const command = (asked: Asked): ReadonlyArray<string> => [fileURLToPath(import.meta.url), JSON.stringify(asked)]

const job = ({ folder, customers, seeds }: Asked): Sweep.Job => {
  const plan = {
    policies: ["immediate", "periodic:$every"],
    parameters: { every: [2, 4] },
    scenarios: ["one.yaml", "two.yaml"],
    seeds
  }
  const settings = Trials.settings(plan, () => "orin-nano@15W")
  return {
    folder,
    trials: Trials.make(plan, settings, ({ scenario }) => `${scenario} ${customers}`, "1"),
    pool: { workers: 2, module: new URL("./Mm1Body.ts", import.meta.url), shared: { customers } },
    columns: { parameters: { every: "BIGINT" }, results: columns }
  }
}

const main = async (asked: Asked): Promise<void> => {
  const listener: Sweep.Listener = {
    ready: async ({ trials, left, seconds }) => {
      console.error(`${trials} trials, ${left} left, ${seconds} s`)
      if (asked.agrees === false) throw new Error("No.")
    },
    onProgress: () => {}
  }
  try {
    console.log(JSON.stringify(await Sweep.run(job(asked), listener, new AbortController().signal)))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}

if (import.meta.main) await main(JSON.parse(process.argv[2]!))

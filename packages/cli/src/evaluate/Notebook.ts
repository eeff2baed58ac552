/** The recorded evaluation inside a notebook. */
import { Effect } from "effect"
import * as Notebook from "../report/Notebook.ts"
import * as Losses from "./Losses.ts"
import * as Plan from "./Plan.ts"
import * as Results from "./Results.ts"
import * as Sections from "./Sections.ts"
import * as Summary from "./Summary.ts"
import * as Table from "./Table.ts"

export interface Recorded {
  readonly runs: ReadonlyArray<Results.Run>
  readonly plan: Plan.Plan
}

/** The runs of the plan that comes with the program, as far as they are recorded. */
export const read = (): Promise<Recorded> =>
  Effect.runPromise(Effect.all({ runs: Results.read(Results.standard), plan: Plan.load(Plan.standard) }))

const none = "No run is recorded in results/evaluation.ndjson; pnpm edgeol evaluate makes them."

/** What each policy comes to. */
export const table = ({ runs, plan }: Recorded): string =>
  runs.length === 0 ? none : Table.table(Summary.summarise(runs, plan), Summary.means(runs, plan))

/** Where policies lose, a line for each. */
export const losses = ({ runs, plan }: Recorded): string =>
  Losses.sentences(Summary.summarise(runs, plan), plan.policies)
    .map((said) => said.join(" "))
    .join("\n")

type Drawn = ReturnType<typeof Sections.sections>

/** Draws a section of the report. */
export const show = ({ runs, plan }: Recorded, name: Exclude<keyof Drawn, "streams">): Notebook.Shown =>
  Notebook.section(Sections.sections(Sections.evaluation(runs, plan))[name])

/** Draws the section of a stream; nothing where none of its runs is recorded. */
export const showStream = ({ runs, plan }: Recorded, stream: string): Notebook.Shown | undefined => {
  const of = Sections.evaluation(runs, plan)
  const place = of.streams.findIndex(([name]) => name === stream)
  return place < 0 ? undefined : Notebook.section(Sections.sections(of).streams[place]!)
}

/** `edgeol report`: one page about runs that are recorded. */
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as Flags from "../Flags.ts"
import * as JoulesFigure from "../report/JoulesFigure.ts"
import * as Table from "../report/Table.ts"
import * as Reports from "../Reports.ts"

export const command = Command.make(
  "report",
  Flags.shown({
    folder: Argument.String("folder").pipe(
      Argument.withDescription("A run's or comparison's folder"),
      Argument.withDefault("runs/latest")
    ),
    json: Flags.json
  }),
  Effect.fn(function* ({ folder, json }) {
    const runs = yield* Reports.read(folder)
    for (const part of runs.unfinished) {
      yield* Console.error(`The run in ${part} has not ended; its numbers are of what it has done so far.`)
    }
    const report = yield* Reports.write(folder, runs)
    yield* Console.log(
      json
        ? JSON.stringify({ ...runs.comparison, report }, null, 2)
        : `${Table.table(runs.comparison, JoulesFigure.meter(runs.tapes))}\n\nReport: ${report}`
    )
  })
).pipe(Command.withDescription("Write the report page of recorded runs into their folder"))

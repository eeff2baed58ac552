/** The energy in a recorded tegrastats log. */
import { readFileSync } from "node:fs"
import { text } from "node:stream/consumers"
import * as Replay from "@edgeol/hw-jetson/Replay"
import { Effect } from "effect"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Text from "../report/Text.ts"
import * as Words from "./Words.ts"

/** Reads a log, or standard input where its name is `-`. */
export const replay = Effect.fnUntraced(function* (log: string, interval: number) {
  if (!(interval > 0 && interval < Infinity)) {
    return yield* new CliError({ message: `--interval must be a number of seconds above 0, not ${interval}.` })
  }
  const name = log === "-" ? "Standard input" : log
  const contents = yield* Effect.tryPromise({
    try: async () => (log === "-" ? await text(process.stdin) : readFileSync(log, "utf8")),
    catch: (error) =>
      new CliError({ message: `Cannot read ${log}: ${Files.reason(error)}; name a log that tegrastats wrote.` })
  })
  const result = Replay.replay(contents, { interval })
  if (result.lines > 0) return result
  const holds = contents.trim() === "" ? "is empty" : "holds no line of tegrastats"
  return yield* new CliError({ message: `${name} ${holds}; record one with \`tegrastats --logfile FILE\`.` })
})

/** What the log says, and where it is damaged. */
export const describe = (log: string, replayed: Replay.Replay): string => {
  const { lines, unparsed, seconds, joules, error, rails, total, problems } = replayed
  const damaged = unparsed === 0 ? "" : `, ${unparsed} of them damaged`
  const whole =
    joules === null
      ? "the rails of the module's total were not recorded"
      : `${Words.energy(joules, error)} (${total.join(" + ")})`
  return [
    `${Text.plural(lines, "line")}${damaged}, ${Text.seconds(seconds)}: ${whole}`,
    ...Words.rails(Object.entries(rails).map(([name, rail]) => [name, rail.joules, rail.meanWatts])),
    ...problems.map((problem) => `${log}:${problem.line}:${problem.column}: ${problem.message}`),
    ...(unparsed > problems.length ? [`and ${unparsed - problems.length} more`] : [])
  ].join("\n")
}

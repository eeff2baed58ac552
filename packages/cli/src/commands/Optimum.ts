/** `edgeol optimum`: what recorded runs cost, against the best times to tune that there were. */
import * as Recorded from "@edgeol/sim/optimum/Recorded"
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Text from "../report/Text.ts"
import * as Reports from "../Reports.ts"

const price = Flag.Finite("price").pipe(
  Flag.withDescription("Joules that a wrong answer is worth"),
  Flag.withDefault(1)
)

const folder = Argument.String("folder").pipe(
  Argument.withDescription("A run's or comparison's folder"),
  Argument.withDefault("runs/latest")
)

interface Row {
  readonly policy: string
  readonly seed: number
  readonly rounds: number
  /** Joules of rounds, and of wrong answers at their price, as the model has them. */
  readonly paid: number
  readonly optimum: { readonly cost: number; readonly bound: number; readonly exact: boolean; readonly rounds: number }
  readonly regret: number
  /** Joules of probes, validation and policy besides. */
  readonly deciding: number
}

const rate = ({ tapes }: Reports.Runs, price: number): ReadonlyArray<Row> => {
  const all = tapes.map(({ entries }) => entries)
  const curves = Recorded.curves(all)
  const typical = Recorded.drawn(all.flat(), price).rates
  return tapes.map(({ header, entries }) => {
    const { paid, optimum, regret, rounds, drawn } = Recorded.rate(entries, curves, typical)
    return {
      policy: header.policy.name,
      seed: header.seed,
      rounds,
      paid,
      optimum: { ...optimum, rounds: optimum.rounds.length },
      regret,
      deciding: drawn.deciding
    }
  })
}

/** What the model has no word for: one sentence. */
const refuse = (folder: string, { tapes }: Reports.Runs, price: number): string | undefined => {
  if (price < 0) return `--price must be joules from 0 on, not ${price}.`
  const streams = [...new Set(tapes.map(({ header }) => header.stream))]
  if (streams.length > 1) return `The runs in ${folder} are of ${streams.join(" and ")}; name a folder of one stream.`
  const headed = tapes.find(({ entries }) => !Recorded.isOfRoundsAlone(entries))?.header.policy.name
  if (headed !== undefined) {
    return `${headed} in ${folder} learns by a fast head between rounds, which the optimum has no model of; name a folder without it.`
  }
  const scored = tapes.some(({ entries }) => entries.some(({ score }) => score !== undefined))
  if (!scored) return `No request in ${folder} was scored; name a run that answered some.`
  if (tapes.some(({ entries }) => Recorded.hasRounds(entries))) return undefined
  return `No run in ${folder} made a round, so what one costs and teaches is not known; name a folder with one that did.`
}

const line = ({ policy, seed, rounds, paid, optimum, regret, deciding }: Row) =>
  [
    `${policy}, seed ${seed}: ${Text.joules(paid)} in ${Text.plural(rounds, "round")} and wrong answers`,
    `best ${Text.joules(optimum.cost)} in ${Text.plural(optimum.rounds, "round")}${optimum.exact ? "" : ` (at least ${Text.joules(optimum.bound)})`}`,
    `regret ${Text.joules(regret)} or ${Text.percent(regret / optimum.bound)}`,
    `deciding ${Text.joules(deciding)}`
  ].join("; ")

export const command = Command.make(
  "optimum",
  { folder, price, json: Flags.json },
  Effect.fn(function* ({ folder, price, json }) {
    const runs = yield* Reports.read(folder)
    const problem = refuse(folder, runs, price)
    if (problem !== undefined) return yield* new CliError({ message: problem })
    const rows = rate(runs, price)
    yield* Console.log(json ? JSON.stringify({ price, runs: rows }, null, 2) : rows.map(line).join("\n"))
  })
).pipe(Command.withDescription("Rate when recorded runs tuned, against the best schedule there was in hindsight"))

/** `edgeol optimum`: what recorded runs cost, against the best times to tune that there were. */
import * as Beside from "@edgeol/sim/optimum/Beside"
import * as Recorded from "@edgeol/sim/optimum/Recorded"
import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Flags from "../Flags.ts"
import * as Text from "../report/Text.ts"
import * as Reports from "../Reports.ts"
import type { Tape } from "../Tape.ts"

const price = Flag.Finite("price").pipe(
  Flag.withDescription("Joules that a wrong answer is worth (default: what it is worth to the policy, or 1)"),
  Flag.optional
)

const folder = Argument.String("folder").pipe(
  Argument.withDescription("A run's or comparison's folder"),
  Argument.withDefault("runs/latest")
)

interface Row {
  readonly policy: string
  readonly seed: number
  readonly price: number
  readonly rounds: number
  /** Joules of rounds, and of wrong answers at their price, as the model has them. */
  readonly paid: number
  readonly optimum: { readonly cost: number; readonly bound: number; readonly exact: boolean; readonly rounds: number }
  readonly regret: number
  /** Joules of probes, validation and policy besides. */
  readonly deciding: number
}

const priced = Schema.is(Schema.Struct({ price: Schema.Finite }))

/** A wrong answer is worth to each policy what its configuration says, unless a price is asked for. */
const priceOf = ({ header }: Tape, asked: Option.Option<number>): number =>
  Option.getOrElse(asked, () => (priced(header.policy.config) ? header.policy.config.price : 1))

/** Runs of rounds alone by what their scorers saw; those of a fast head by what it still had wrong. */
const rate = ({ tapes }: Reports.Runs, asked: Option.Option<number>): ReadonlyArray<Row> => {
  const all = tapes.map(({ entries }) => entries)
  const curves = Recorded.curves(all.filter(Recorded.isOfRoundsAlone))
  const share = Beside.recovered(all)
  return tapes.map((tape) => {
    const price = priceOf(tape, asked)
    const typical = Recorded.drawn(all.flat(), price)
    const own = Recorded.hasRounds(tape.entries) ? Recorded.drawn(tape.entries, price) : typical
    const { paid, optimum, regret, rounds } = Recorded.isOfRoundsAlone(tape.entries)
      ? Recorded.rate(tape.entries, curves, typical.rates)
      : Beside.rate(tape.entries, share, own.rates)
    return {
      policy: tape.header.policy.name,
      seed: tape.header.seed,
      price,
      rounds,
      paid,
      optimum: { ...optimum, rounds: optimum.rounds.length },
      regret,
      deciding: Recorded.drawn(tape.entries, price).deciding
    }
  })
}

/** What the model has no word for: one sentence. */
const refuse = (folder: string, { tapes }: Reports.Runs, asked: Option.Option<number>): string | undefined => {
  const price = Option.getOrElse(asked, () => 0)
  if (price < 0) return `--price must be joules from 0 on, not ${price}.`
  const streams = [...new Set(tapes.map(({ header }) => header.stream))]
  if (streams.length > 1) return `The runs in ${folder} are of ${streams.join(" and ")}; name a folder of one stream.`
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
  Flags.shown({ folder, price, json: Flags.json }),
  Effect.fn(function* ({ folder, price, json }) {
    const runs = yield* Reports.read(folder)
    const problem = refuse(folder, runs, price)
    if (problem !== undefined) return yield* new CliError({ message: problem })
    const rows = rate(runs, price)
    yield* Console.log(
      json ? JSON.stringify({ price: Option.getOrNull(price), runs: rows }, null, 2) : rows.map(line).join("\n")
    )
  })
).pipe(Command.withDescription("Rate when recorded runs tuned, against the best schedule there was in hindsight"))

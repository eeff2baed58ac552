/** `edgeol fit --tape`: a device file corrected by what a tape measured, activity by activity. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import type { Activity } from "@edgeol/core/Ledger"
import { activities } from "@edgeol/core/Ledger"
import * as Device from "@edgeol/sim/Device"
import * as Corrections from "@edgeol/sim/replay/Corrections"
import * as TapeCosts from "@edgeol/sim/replay/TapeCosts"
import { Console, Effect, Option } from "effect"
import { CliError } from "../CliError.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as Files from "../Files.ts"
import * as Text from "../report/Text.ts"
import * as Model from "./Model.ts"
import * as Source from "./Source.ts"
import * as Words from "./Words.ts"

export interface Input {
  readonly tape: string
  readonly device: Option.Option<string>
  readonly out: Option.Option<string>
  readonly data: string
  readonly json: boolean
}

export const run = Effect.fn(function* ({ tape, device: asked, out, data, json }: Input) {
  const source = yield* Source.read(tape)
  const { header, entries, file } = source
  const own = header.meter.kind === "modelled" ? header.meter.source : "orin-nano@15W"
  const name = yield* DeviceFile.resolve(Option.getOrElse(asked, () => own))
  const model = yield* Model.make(source, data, name)
  const finished = entries.filter(({ observation }) => observation._tag === "RoundFinished").length
  if (finished < Corrections.fewest) {
    return yield* new CliError({
      message: `${file} has ${Text.plural(finished, "round")}, and a correction with an interval needs ${Corrections.fewest} at least; name a longer tape.`
    })
  }
  const seconds = Corrections.seconds(model.operations)
  const watts = header.meter.kind === "measured" ? TapeCosts.watts(model.fitted.reference, entries) : {}
  const made = corrected(source, Device.load(name), model.experiment.model.kind, { seconds, watts })
  const said = { tape: file, against: name, seconds, watts, device: Option.getOrNull(out) }
  if (Option.isSome(out)) {
    const path = resolve(out.value)
    yield* Files.change(dirname(path), () => Files.replace(path, DeviceFile.print(made)))
  }
  yield* Console.log(json ? JSON.stringify(said, null, 2) : [...text(name, seconds, watts), ...where(out)].join("\n"))
})

const text = (
  name: string,
  seconds: Corrections.Corrections,
  watts: Corrections.Corrections
): ReadonlyArray<string> => [
  ...Words.costs(name, seconds),
  ...Object.entries(watts).map(
    ([activity, { factor }]) => `Watts of ${activity} are ${Text.number(factor)} times as many.`
  )
]

const where = (out: Option.Option<string>) =>
  Option.match(out, {
    onNone: () => ["Write the corrected device with --out profile.json."],
    onSome: (path) => [`Device: ${path}`]
  })

/** A board as it was, times what the tape says; what was corrected before stays so where the tape says nothing. */
export const corrected = (
  { file, header }: Pick<Source.Source, "file" | "header">,
  { board, mode, name }: Device.Device,
  workload: string,
  by: Readonly<Record<"seconds" | "watts", Corrections.Corrections>>
): Device.Board => {
  const modeName = Object.keys(board.modes).find((one) => board.modes[one] === mode) ?? board.default
  const before = board.corrections
  return {
    ...board,
    default: modeName,
    corrections: {
      seconds: multiplied(before?.seconds, by.seconds),
      watts: multiplied(before?.watts, by.watts),
      mode: modeName,
      workload,
      file: { path: basename(file), sha256: createHash("sha256").update(readFileSync(file)).digest("hex") },
      versions: header.versions,
      note: `${name} corrected by a tape of ${header.policy.name} on ${header.stream}, seed ${header.seed}: medians over rounds, 90 % intervals of order statistics`
    }
  }
}

type Factors = Device.Corrections["seconds"]

const multiplied = (before: Factors = {}, by: Corrections.Corrections): Factors => ({
  ...before,
  ...Object.fromEntries(
    activities.flatMap((activity) => {
      const factor = one(before[activity]?.factor ?? 1, by[activity])
      return factor === undefined ? [] : [[activity, factor] as const]
    })
  )
})

/** An activity of too few rounds is left as it was. */
const one = (before: number, by: Corrections.Correction | undefined): Factors[Activity] =>
  by === undefined || by.low === null || by.high === null
    ? undefined
    : { factor: before * by.factor, low: before * by.low, high: before * by.high, count: by.count }

/** From steps timed in power modes to the board's profiles and their card. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename } from "node:path"
import type * as Board from "@edgeol/hw-jetson/Board"
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as Profile from "@edgeol/sim/cost/Profile"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import * as Text from "../report/Text.ts"
import * as OnBoard from "./OnBoard.ts"
import * as Outcome from "./Outcome.ts"
import type * as Subject from "./Subject.ts"
import type * as Timings from "./Timings.ts"

export interface About {
  readonly board: Board.Board
  readonly model: Subject.Name
  readonly command: string
  readonly batches: ReadonlyArray<number>
  readonly file: string
}

/** With fewer modes nothing is left to learn from when one is held out. */
const fewest = 6

/** `profile.json`: seconds and watts of the reference step over modes. `layers-MODE.json`: each layer's seconds in a mode. */
export const make = (about: About, timings: Timings.Timings, seen: ReadonlyArray<OnBoard.Measured>) => {
  const name = `${about.board.id}/${about.model}`
  const over = overModes(name, about, seen)
  const layers = seen.map((mode) => inMode(name, about, timings, mode.name))
  const heldOut = leaveOneOut(seen)
  const files: ReadonlyArray<readonly [name: string, text: string]> = [
    ["profile.json", Profile.print(over)],
    ...layers.map((one, i) => [`layers-${seen[i]!.name}.json`, LayerProfile.print(one)] as const)
  ]
  const said: Said = {
    name,
    board: about.board.name,
    step: OnBoard.reference(about.batches),
    modes: seen,
    heldOut: heldOut ?? null,
    layers: layers.map(({ body }) => ({ name: body.name, heldOut: body.heldOut })),
    files: files.map(([file]) => file)
  }
  return { files, said, card: card(said) }
}

const overModes = (name: string, { board, model, command, file }: About, seen: ReadonlyArray<OnBoard.Measured>) => {
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex")
  const first = seen[0]!
  return Profile.make(
    {
      name,
      board: board.id,
      workload: model,
      provenance: {
        files: [{ path: basename(file), sha256 }],
        doi: "",
        note: `${command}; module power, idle included`
      },
      idle: { watts: first.idle, note: `after the steps in ${first.name}` }
    },
    CostFit.fit(seen),
    seen.map(({ mode }) => mode)
  )
}

const inMode = (name: string, { model, command }: About, { header, visits }: Timings.Timings, mode: string) =>
  Outcome.profile(
    { name: `${name}@${mode}`, model, command, note: "one power mode, steps between its warm-up and cool-down" },
    { header, visits: visits.filter(({ board }) => board?.mode === mode && board.phase === "timed") }
  )

const leaveOneOut = (seen: ReadonlyArray<OnBoard.Measured>) => {
  if (seen.length < fewest) return undefined
  const each = seen.map((one) => Learn.figures(CostFit.fit(seen.filter((other) => other !== one)), [one]))
  return { time: Learn.averaged(each.map(({ time }) => time)), power: Learn.averaged(each.map(({ power }) => power)) }
}

/** What is said of a board, in JSON and in lines. */
interface Said {
  readonly name: string
  readonly board: string
  readonly step: { readonly batch: number; readonly depth: number }
  readonly modes: ReadonlyArray<OnBoard.Measured>
  readonly heldOut: { readonly time: Learn.Figures; readonly power: Learn.Figures } | null
  readonly layers: ReadonlyArray<Pick<LayerProfile.Body, "name" | "heldOut">>
  readonly files: ReadonlyArray<string>
}

const card = ({ name, board, step, modes, heldOut, layers }: Said): ReadonlyArray<string> => [
  `${name} on ${board}: a step of ${step.batch} samples, nothing frozen`,
  ...modes.map(
    (mode) =>
      `${mode.name.padEnd(12)} ${Text.seconds(mode.time)}, ${Text.watts(mode.power)}, ` +
      `${Text.joules(mode.joules)} ± ${Text.joules(mode.error)} a step; idle ${Text.watts(mode.idle)}`
  ),
  heldOut === null
    ? `${modes.length} modes are too few to hold one out: intervals over modes rest on what is usual`
    : `each mode from the others: time off by ${Text.percent(heldOut.time.mape)}, power by ${Text.percent(heldOut.power.mape)}; ` +
      `90 % intervals hold ${Text.percent(heldOut.time.coverage90)} and ${Text.percent(heldOut.power.coverage90)}`,
  ...layers.map(({ name: layer, heldOut: held }) =>
    held === null
      ? `${layer}: too few pairs of batch and depth to hold any out`
      : `${layer}: steps of held-out pairs off by ${Text.percent(held.median)} in the median, nine in ten below ${Text.percent(held.p90)}`
  )
]

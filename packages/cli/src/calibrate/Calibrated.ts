/**
 * What `edgeol calibrate` measured on a board, as corrections of that board's device: its own steps against the device's,
 * on the network that was timed. A profile of a workload that others measured makes the board's rates instead, alone, as
 * those of all workloads make them in the devices that ship.
 *
 * Assumes that another network is off by the same factor, and judging passes by that of a forward pass.
 */
import { createHash } from "node:crypto"
import { basename } from "node:path"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Profile from "@edgeol/sim/cost/Profile"
import * as Rates from "@edgeol/sim/cost/Rates"
import * as Workloads from "@edgeol/sim/cost/Workloads"
import * as Device from "@edgeol/sim/Device"
import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { CliError } from "../CliError.ts"
import * as OnBoard from "./OnBoard.ts"
import * as Subject from "./Subject.ts"

type Boards = ReadonlyArray<readonly [mode: string | undefined, board: Device.Board]>
type Factors = Device.Corrections["seconds"]

/** Undefined where the file is no profile. Throws a typed error where it is one that cannot be used. */
export const boards = (path: string, text: string, value: Readonly<Record<string, unknown>>): Boards | undefined => {
  if (value.kind === "layers") return [[undefined, ofLayers(path, text)]]
  return "time" in value && "power" in value && "board" in value ? ofModes(path, text) : undefined
}

/** Of one power mode: `orin-nano/resnet8@15W`. */
const ofLayers = (path: string, text: string): Device.Board => {
  const { body, cost } = LayerProfile.parse(path, text)
  const [name, mode] = Device.parts(body.name)
  const device = boardOf(path, "name", name.split("/")[0]!, mode)
  const { network, range, provenance } = body
  const batch = Math.min(16, range.batch[1])
  const setting = { batch, depth: 0, threads: range.threads[0] }
  const was = LayerCost.seconds(cost, network, setting)
  const { value, low, high } = LayerCost.predict(cost, network, setting)
  const costs = Device.costs(device, network, batch)
  const said = Object.fromEntries(CostModel.step(costs, batch, [false]).map((one) => [one.activity, one.seconds]))
  const factor = (pass: "forward" | "backward" | "optimiser") => {
    const by = was[pass] / said[pass]!
    return { factor: by, low: (by * low) / value, high: (by * high) / value, count: provenance.steps }
  }
  const [forward, backward, optimiser] = [factor("forward"), factor("backward"), factor("optimiser")]
  const seconds = { forward, backward, optimiser, ...judging(forward) }
  return corrected(path, text, device, network.name, provenance.versions, { seconds, watts: {} })
}

/** Of a step over power modes: in each mode of the device's another correction. */
const ofModes = (path: string, text: string): Boards => {
  const profile = Profile.parse(path, text)
  const { board, workload, modes } = profile.body
  const subject = Subject.names.find((name) => name === workload)
  if (subject === undefined) return [[undefined, ofRates(path, profile)]]
  const batch = batchOf(profile)
  const network = Graph.of(Models.make(Subject.configs[subject]), Subject.rates)
  const all = Object.keys(boardOf(path, "board", board).board.modes).map((mode) => {
    const device = boardOf(path, "board", board, mode)
    const { time, power } = Profile.predict(profile, device.mode)
    const step = CostModel.step(Device.costs(device, network, batch), batch, [false])
    const said = step.reduce((sum, one) => sum + one.seconds, 0)
    const drawn = Device.power(device, network, batch).watts
    const joules = step.reduce((sum, one) => sum + one.seconds * drawn[one.activity], 0)
    const slower = per(time, said, modes.length)
    const hotter = per(power, joules / said, modes.length)
    return [
      mode,
      corrected(path, text, device, workload, {}, { seconds: computing(slower), watts: computing(hotter) })
    ] as const
  })
  const usual = all.find(([mode]) => mode === boardOf(path, "board", board).board.default)!
  return [[undefined, usual[1]], ...all]
}

/** Seconds and watts for each byte moved, from one of the workloads whose bytes are known. */
const ofRates = (path: string, profile: Profile.Profile): Device.Board => {
  const { name, board, workload } = profile.body
  const own = boardOf(path, "board", board).board
  if (!Object.hasOwn(Workloads.all, workload)) {
    const known = [...Subject.names, ...Object.keys(Workloads.all)].join(", ")
    throw new CliError({
      message: `${path}, "workload": what "${workload}" asks of a board is not known; there are ${known}.`
    })
  }
  if (!Rates.isBusy(profile)) {
    throw new CliError({
      message: `${path}, "workload": ${workload} waits for its kernel calls alone, and tells nothing of what a byte takes; name the profile of another workload, or the device ${board}.`
    })
  }
  const source = `Rates from ${name} alone; modes, idle watts and calls as in the device ${board}`
  return { ...own, source, ...Rates.of([{ profile, lanes: 1, bus: 1 }]), from: [name] }
}

/** Samples of the step that modes are compared by, as the command that was recorded chose them. */
const batchOf = ({ body: { provenance } }: Profile.Profile): number => {
  const [, batches = "16"] = /--batches ([\d,]+)/.exec(provenance.note) ?? []
  return OnBoard.reference(batches.split(",").map(Number)).batch
}

const per = ({ value, low, high }: { value: number; low: number; high: number }, said: number, count: number) => ({
  factor: value / said,
  low: low / said,
  high: high / said,
  count
})

const judging = (factor: Device.Correction): Factors => ({
  probe: factor,
  validation: factor,
  head: factor,
  inference: factor
})

const computing = (factor: Device.Correction): Factors => ({
  forward: factor,
  backward: factor,
  optimiser: factor,
  ...judging(factor)
})

const boardOf = (path: string, field: string, board: string, mode?: string): Device.Device => {
  const known = Device.boards.map(({ name }) => name)
  if (known.includes(board)) return Device.load(mode === undefined ? board : `${board}@${mode}`)
  throw new CliError({
    message: `${path}, "${field}": ${board} is no board with known watts; there are ${known.join(", ")}. Correct one of them by a tape with edgeol fit --tape.`
  })
}

const corrected = (
  path: string,
  text: string,
  { board, mode, name }: Device.Device,
  workload: string,
  versions: Readonly<Record<string, string>>,
  by: Readonly<Record<"seconds" | "watts", Factors>>
): Device.Board => {
  const modeName = Object.keys(board.modes).find((one) => board.modes[one] === mode) ?? board.default
  return {
    ...board,
    default: modeName,
    corrections: {
      ...by,
      mode: modeName,
      workload,
      file: { path: basename(path), sha256: createHash("sha256").update(text).digest("hex") },
      versions,
      note: `${name} corrected by what edgeol calibrate measured`
    }
  }
}

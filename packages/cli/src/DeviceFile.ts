/**
 * A device from a file wherever one is named: `./profile.json`, or `./profile.json@7W` for one of its power modes. What
 * `edgeol fit --tape` wrote is a whole device; what `edgeol calibrate` wrote on a Jetson corrects the device of its board.
 * It is known by its path and the beginning of its hash, so that a run says which file it was and goes on with no other.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { basename, isAbsolute, join } from "node:path"
import * as Device from "@edgeol/sim/Device"
import { canonical, checksum } from "@edgeol/sim/Canonical"
import type * as ScenarioOf from "@edgeol/sim/Scenario"
import { Effect, Result, Schema } from "effect"
import * as Calibrated from "./calibrate/Calibrated.ts"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"

/** The text of a device's file. */
export const print = (board: Device.Board): string =>
  `${JSON.stringify({ ...board, hash: checksum(canonical(board)) }, null, 2)}\n`

/** The name by which a device is known from here on; one that is no path stays as it is. `folder` is where paths begin. */
export const resolve = (name: string, folder = "."): Effect.Effect<string, CliError> =>
  Effect.try({ try: () => known(name, folder), catch: (error) => error as CliError })

/** A scenario whose devices' files, looked for from its folder, are read. */
export const equipped = (scenario: ScenarioOf.Scenario, folder: string): Effect.Effect<ScenarioOf.Scenario, CliError> =>
  Effect.try({
    try: () => {
      const of = <Of extends ScenarioOf.Device>(one: Of): Of => ({ ...one, name: known(one.name, folder) })
      if (scenario.device !== undefined) return { ...scenario, device: of(scenario.device) }
      return scenario.devices === undefined ? scenario : { ...scenario, devices: scenario.devices.map(of) }
    },
    catch: (error) => error as CliError
  })

/** The same at once. Throws `CliError`. */
export const known = (name: string, folder = "."): string => {
  const [, named, had, mode] = /^(.*\.json)(?:#(\w+))?(?:@([^/@]+))?$/.exec(name) ?? []
  if (named === undefined) return name
  const path = isAbsolute(named) ? named : join(folder, named)
  const text = read(path)
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8)
  if (had !== undefined && had !== hash) {
    throw new CliError({ message: `${path} is not the file that the run began with; restore it, or start a new run.` })
  }
  const own = `${path}#${hash}`
  for (const [of, board] of boards(path, text)) Device.add(of === undefined ? own : `${own}@${of}`, board)
  const full = mode === undefined ? own : `${own}@${mode}`
  const tried = Result.try(() => Device.load(full))
  if (Result.isSuccess(tried)) return tried.success.name
  throw new CliError({ message: (tried.failure as Error).message.replace(own, path) })
}

/** A device under a name without its file's folder: what is signed says the same wherever the file lies. */
export const portable = (name: string): string => {
  const [file] = Device.parts(name)
  if (!Device.added().has(file)) return name
  for (const [of, board] of Device.added()) {
    if (of === file || of.startsWith(`${file}@`)) Device.add(basename(of), board)
  }
  return basename(name)
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    throw new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; name a device, or the file of one.` })
  }
}

type Boards = ReadonlyArray<readonly [mode: string | undefined, board: Device.Board]>

/** The device, and others in its place in some of its modes. */
const boards = (path: string, text: string): Boards => {
  const value = json(path, text)
  const calibrated = Calibrated.boards(path, text, value)
  return calibrated ?? [[undefined, device(path, value)]]
}

const json = (path: string, text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new CliError({ message: `${path}: it is not a JSON object, or ends too early; restore it, or make it again.` })
}

/** Checked field by field, then as a whole. */
const device = (path: string, { hash, ...fields }: Readonly<Record<string, unknown>>): Device.Board => {
  const decoded = Schema.decodeUnknownResult(Device.Board)(fields)
  if (Result.isFailure(decoded)) throw refused(path, decoded.failure.message)
  const board = decoded.success
  if (!Object.hasOwn(board.modes, board.default)) {
    throw new CliError({ message: `${path}, "default": there is no power mode "${board.default}" among its modes.` })
  }
  if (hash !== undefined && hash !== checksum(canonical(fields))) {
    throw new CliError({
      message: `${path}, "hash": its content is another one, so it was damaged or edited; make it again with edgeol fit --tape.`
    })
  }
  return board
}

/** "Missing key\n  at [\"work\"][\"q\"]" becomes `"work.q": missing key`. */
const refused = (path: string, issue: string) => {
  const [problem = "", at = ""] = issue.split(/\s+at (?=\[)/)
  const field = at.replace(/^\["|"\]$/g, "").replaceAll(/"?\]\["?/g, ".")
  const what = `${problem.slice(0, 1).toLowerCase()}${problem.slice(1)}`.replace(/\s+/g, " ").slice(0, 120)
  return new CliError({
    message: `${path}, "${field}": ${what}; name a device file of edgeol fit --tape, or a board's profile of edgeol calibrate.`
  })
}

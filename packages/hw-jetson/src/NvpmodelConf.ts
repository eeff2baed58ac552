/**
 * `/etc/nvpmodel.conf`: the power modes of a board, each a name and what it sets.
 *
 * Three kinds of section: `< PARAM TYPE=… NAME=… >` with `ARGUMENT path` lines (where a value is written),
 * `< POWER_MODEL ID=n NAME=… >` with `PARAM ARGUMENT value` lines, and `< PM_CONFIG DEFAULT=n >`. Ids and clocks move
 * between boards and releases: look modes up by name.
 */

/** A value that a mode writes, in the file's unit: kHz for CPUs, Hz for GPU and EMC; -1 and 0 stand for no limit. */
export interface Setting {
  readonly parameter: string
  readonly argument: string
  readonly value: string
}

export interface Mode {
  readonly id: number
  readonly name: string
  readonly settings: ReadonlyArray<Setting>
}

/** Where a parameter's argument is written. */
export interface Target {
  readonly parameter: string
  readonly argument: string
  readonly path: string
}

export interface Problem {
  readonly line: number
  readonly message: string
}

export interface Config {
  readonly modes: ReadonlyArray<Mode>
  readonly targets: ReadonlyArray<Target>
  /** Id of the default mode; undefined where the file names none. */
  readonly defaultMode: number | undefined
  readonly fan: string | undefined
  readonly problems: ReadonlyArray<Problem>
}

interface Draft {
  readonly modes: Array<{ readonly id: number; readonly name: string; readonly settings: Array<Setting> }>
  readonly targets: Array<Target>
  defaultMode: number | undefined
  fan: string | undefined
  readonly problems: Array<Problem>
  section: "none" | "param" | "mode" | "other"
  parameter: string
}

/** Reads a whole file; lines that do not fit are reported with their number and skipped. */
export const parse = (text: string): Config => {
  const draft: Draft = {
    modes: [],
    targets: [],
    defaultMode: undefined,
    fan: undefined,
    problems: [],
    section: "none",
    parameter: ""
  }
  text.split(/\r\n?|\n/).forEach((raw, i) => {
    const line = raw.replace(/#.*$/, "").trim()
    const problem = line === "" ? undefined : line.startsWith("<") ? heading(draft, line) : entry(draft, line)
    if (problem !== undefined) draft.problems.push({ line: i + 1, message: problem })
  })
  const { modes, targets, defaultMode, fan, problems } = draft
  return { modes, targets, defaultMode, fan, problems }
}

/** `< KIND KEY=VALUE … >`, the keys in any order. */
const heading = (draft: Draft, line: string): string | undefined => {
  const found = /^<\s*([A-Z_]+)\s+([^<>]*?)\s*>$/.exec(line)
  draft.section = "other"
  if (found === null) return `expected "< SECTION KEY=VALUE >", found ${JSON.stringify(line.slice(0, 40))}`
  const keys = new Map([...(found[2] ?? "").matchAll(/([A-Z_]+)=(\S+)/g)].map((pair) => [pair[1] ?? "", pair[2] ?? ""]))
  switch (found[1]) {
    case "PARAM":
      draft.section = "param"
      draft.parameter = keys.get("NAME") ?? ""
      return draft.parameter === "" ? "a PARAM without NAME" : undefined
    case "POWER_MODEL":
      return mode(draft, keys)
    case "PM_CONFIG":
      draft.defaultMode = number(keys.get("DEFAULT"))
      return draft.defaultMode === undefined ? "a PM_CONFIG without DEFAULT" : undefined
    case "FAN_CONFIG":
      draft.fan = keys.get("DEFAULT")
      return
    default:
      // Sections of later releases are none of ours.
      return
  }
}

const mode = (draft: Draft, keys: ReadonlyMap<string, string>): string | undefined => {
  const id = number(keys.get("ID"))
  const name = keys.get("NAME")
  if (id === undefined || name === undefined) return "a POWER_MODEL without ID or NAME"
  if (draft.modes.some((other) => other.id === id || other.name === name)) return `a second POWER_MODEL ${id} ${name}`
  draft.section = "mode"
  draft.modes.push({ id, name, settings: [] })
  return
}

const entry = (draft: Draft, line: string): string | undefined => {
  const [first = "", second, ...rest] = line.split(/\s+/)
  if (draft.section === "other") return
  if (draft.section === "param" && second?.startsWith("/") === true && rest.length === 0) {
    draft.targets.push({ parameter: draft.parameter, argument: first, path: second })
    return
  }
  if (draft.section === "mode" && second !== undefined && rest.length > 0) {
    draft.modes.at(-1)?.settings.push({ parameter: first, argument: second, value: rest.join(" ") })
    return
  }
  return `expected ${draft.section === "mode" ? "PARAMETER ARGUMENT VALUE" : "ARGUMENT /path"}, found ${JSON.stringify(line.slice(0, 40))}`
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined

/** What people want to know of a mode; undefined where it sets no limit. Clocks in Hz. */
export interface Summary {
  readonly name: string
  readonly id: number
  readonly isDefault: boolean
  readonly cores: number | undefined
  readonly cpu: number | undefined
  readonly gpu: number | undefined
  readonly emc: number | undefined
}

export const summaries = (config: Config): ReadonlyArray<Summary> =>
  config.modes.map((one) => ({
    name: one.name,
    id: one.id,
    isDefault: one.id === config.defaultMode,
    cores: cores(one),
    cpu: limit(one, /^CPU_(?!ONLINE)/, 1000),
    gpu: limit(one, /^GPU$/, 1),
    emc: limit(one, /^EMC$/, 1)
  }))

const cores = (one: Mode): number | undefined => {
  const online = one.settings.filter(({ parameter }) => parameter === "CPU_ONLINE")
  return online.length === 0 ? undefined : online.filter(({ value }) => value === "1").length
}

const limit = (one: Mode, parameter: RegExp, factor: number): number | undefined => {
  const values = one.settings
    .filter((setting) => parameter.test(setting.parameter) && setting.argument === "MAX_FREQ")
    .map((setting) => Number(setting.value))
    .filter((value) => value > 0 && Number.isSafeInteger(value))
  return values.length === 0 ? undefined : Math.max(...values) * factor
}

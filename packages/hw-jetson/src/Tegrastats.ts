/**
 * One line of `tegrastats`, JetPack 3 to 7.2: `parse` and its inverse `print`.
 *
 * The kind of a token follows from the character after its name, never from the name: on AGX Xavier `GPU@37C` is a
 * temperature and `GPU 0/0` a rail. Names are therefore free, and a new engine or rail needs no change here.
 * Order: date? RAM SWAP? IRAM? CPU EMC GR3D engines APE MTS temperatures rails; anything may be missing without root.
 */
import { load, scan } from "./internal/scanTegrastats.ts"

export type Token =
  /** When, as printed; `seconds` counts from 1970 in the board's own time zone, NaN where only a clock time is given. */
  | { readonly _tag: "Stamp"; readonly text: string; readonly seconds: number }
  /** `RAM 896/7859MB` */
  | {
      readonly _tag: "Memory"
      readonly name: string
      readonly used: number
      readonly total: number
      readonly unit: string
    }
  /** `(lfb 26x4MB)`, `(lfb 252kB)`, `(cached 0MB)`; `count` is 0 where none is printed. */
  | {
      readonly _tag: "Block"
      readonly name: string
      readonly count: number
      readonly size: number
      readonly unit: string
    }
  /** `CPU [4%@2035,off]`, MHz; before JetPack 3 `cpu [4%,off]@2035` with one clock for all, then `mhz` of a core is 0. */
  | { readonly _tag: "Cpu"; readonly name: string; readonly cores: ReadonlyArray<Core>; readonly mhz: number }
  /** `MTS fg 0% bg 3%`: code translation on Denver cores, percent. */
  | { readonly _tag: "Mts"; readonly foreground: number; readonly background: number }
  /** `tj@49.593C`, and `tj@49.5C/50C` (now, maximum) from JetPack 7.2; -256 is a gated sensor, a NaN maximum none. */
  | { readonly _tag: "Temperature"; readonly name: string; readonly celsius: number; readonly maximum: number }
  /**
   * `VDD_IN 5971mW/5991mW`: now, mean since tegrastats started, from JetPack 7.2 maximum (otherwise NaN).
   * Milliwatts, with the unit printed from JetPack 5. The mean is not for energy: it has been seen to jump after 16 h.
   */
  | {
      readonly _tag: "Rail"
      readonly name: string
      readonly milliwatts: number
      readonly mean: number
      readonly maximum: number
      readonly unit: boolean
    }
  /** `GR3D_FREQ 26%@[306]`, `VIC 59%@423`, `OFA_FREQ @0`: percent (NaN where absent) and MHz, per cluster in brackets. */
  | {
      readonly _tag: "Clock"
      readonly name: string
      readonly load: number
      readonly mhz: number | ReadonlyArray<number>
    }
  /** `EMC_FREQ 0%` */
  | { readonly _tag: "Percent"; readonly name: string; readonly load: number }
  /** `NVDEC off` */
  | { readonly _tag: "Off"; readonly name: string }
  /** `APE 174`, `VIC_FREQ 729`; two words in `EDP limit 0` of JetPack 2. */
  | { readonly _tag: "Bare"; readonly name: string; readonly value: number }
  /** A token whose numbers would print differently (`40.0C`), with the text it came from. */
  | { readonly _tag: "Odd"; readonly token: Exclude<Token, { readonly _tag: "Odd" }>; readonly text: string }

/** Load in percent and clock in MHz; null is a core that is switched off. */
export type Core = { readonly load: number; readonly mhz: number } | null

/** Tokens in order; `gaps` holds the blanks before a token (and at the end) where they are not one space. */
export interface Line {
  readonly _tag: "Line"
  readonly tokens: ReadonlyArray<Token>
  readonly gaps: ReadonlyArray<readonly [before: number, blanks: string]>
}

/** What is wrong with a line, at a column counted from 1. */
export interface Malformed {
  readonly _tag: "Malformed"
  readonly column: number
  readonly message: string
}

/** Reads one line, without its line end. */
export const parse = (line: string): Line | Malformed => {
  load(line + "\n")
  return scan(0, line.length)
}

/** Whether a text is, or was before it was damaged, a line of tegrastats. */
export const resembles = (line: string): boolean =>
  /\b(?:I?RAM|SWAP) \d|\bcpu \[|\b(?:EMC|GR3D)(?:\d?_FREQ)? |\(lfb |\bMTS fg|@-?\d+(?:\.\d+)?C\b|\d+mW\b/i.test(line) ||
  /\b(?:VDD|VIN|POM)_\w+ \d/.test(line)

/** Whether tokens could only come from tegrastats: `epoch 3` or `step 3/10` in a mixed log could not. */
export const isCharacteristic = (line: Line): boolean => line.tokens.some(isCharacteristicToken)

const isCharacteristicToken = (token: Token): boolean =>
  token._tag === "Memory" ||
  token._tag === "Cpu" ||
  token._tag === "Temperature" ||
  (token._tag === "Rail" && (token.unit || /^[A-Z][A-Z0-9_]*$/.test(token.name))) ||
  (token._tag === "Odd" && isCharacteristicToken(token.token))

/** `print(parse(line)) === line` for every line that parses. */
export const print = (line: Line): string => {
  const gaps = new Map(line.gaps)
  const gap = (index: number, usual: string) => gaps.get(index) ?? usual
  return (
    line.tokens.map((token, i) => gap(i, i === 0 ? "" : " ") + printToken(token)).join("") + gap(line.tokens.length, "")
  )
}

const printToken = (token: Token): string => {
  switch (token._tag) {
    case "Stamp":
    case "Odd":
      return token.text
    case "Memory":
      return `${token.name} ${token.used}/${token.total}${token.unit}`
    case "Block":
      return `(${token.name} ${token.count === 0 ? "" : `${token.count}x`}${token.size}${token.unit})`
    case "Cpu":
      return `${token.name} [${token.cores.map(printCore).join()}]${token.mhz === 0 ? "" : `@${token.mhz}`}`
    case "Mts":
      return `MTS fg ${token.foreground}% bg ${token.background}%`
    case "Temperature":
      return `${token.name}@${token.celsius}C${Number.isNaN(token.maximum) ? "" : `/${token.maximum}C`}`
    case "Rail":
      return `${token.name} ${printRail(token)}`
    case "Clock":
      return `${token.name} ${Number.isNaN(token.load) ? "" : `${token.load}%`}@${printMhz(token.mhz)}`
    case "Percent":
      return `${token.name} ${token.load}%`
    case "Off":
      return `${token.name} off`
    case "Bare":
      return `${token.name} ${token.value}`
  }
}

const printCore = (core: Core): string => {
  if (core === null) return "off"
  return core.mhz === 0 ? `${core.load}%` : `${core.load}%@${core.mhz}`
}

const printMhz = (mhz: number | ReadonlyArray<number>): string =>
  typeof mhz === "number" ? `${mhz}` : `[${mhz.join()}]`

const printRail = (rail: Extract<Token, { readonly _tag: "Rail" }>): string =>
  [rail.milliwatts, rail.mean, rail.maximum]
    .filter((value) => !Number.isNaN(value))
    .map((value) => `${value}${rail.unit ? "mW" : ""}`)
    .join("/")

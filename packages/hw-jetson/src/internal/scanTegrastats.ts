/**
 * Scanner behind `Tegrastats.parse`, by character codes and without regular expressions per token: a log of 200,000
 * lines is 70 MB. The cursor is module state, which a synchronous scan owns from its first character to its last.
 */
import type { Core, Line, Malformed, Token } from "../Tegrastats.ts"
import * as Stamp from "./scanStamp.ts"

type Plain = Exclude<Token, { readonly _tag: "Odd" }>

/**
 * UTF-16 units of `text`, and of the text scanned before: reading an array is several times faster than charCodeAt.
 * The two buffers change places.
 */
let codes = new Uint16Array(0)
let beforeCodes = new Uint16Array(0)
let text = ""
let at = 0
/** A number in the current token is written in a way that it would not be printed. */
let odd = false
let faultAt = -1
let fault = ""

const newline = 10
const blank = 32
const tab = 9
const percent = 37
const open = 40
const close = 41
const comma = 44
const minus = 45
const dot = 46
const slash = 47
const zero = 48
const nine = 57
const atSign = 64
const capitalB = 66
const capitalC = 67
const capitalW = 87
const openBracket = 91
const closeBracket = 93
const letterM = 109
const letterO = 111
const letterF = 102
const letterL = 108
const letterX = 120

/**
 * The line before: its tokens and where they stand in its text. Lines of a log differ in few places; a token that is
 * spelled as the one before it is that one (tokens never change), and so is a name.
 */
let before: ReadonlyArray<Token> = []
let places = new Int32Array(512)
let nextPlaces = new Int32Array(512)
let index = 0

type Gaps = Array<readonly [number, string]>

/** The longest text that `load` takes at once. */
export const capacity = 1 << 18

let spare = new Uint16Array(capacity)

/** Makes a text the one that `scan` reads from; it ends with a line feed. */
export const load = (source: string): void => {
  if (codes.length === 0) codes = new Uint16Array(capacity)
  const target = beforeCodes === codes ? spare : codes
  if (target === spare) spare = codes
  codes = source.length > target.length ? new Uint16Array(2 * source.length) : target
  Buffer.from(codes.buffer).write(source, "utf16le")
  text = source
}

/** Scans characters `from` to `to` of the loaded text; the one at `to` must be a line feed. */
export const scan = (from: number, to: number): Line | Malformed => {
  at = from
  odd = false
  faultAt = -1
  const tokens: Array<Token> = []
  const gaps: Gaps = []
  leading(gaps)
  const stamp = Stamp.scan(text, at, to)
  if (stamp !== undefined) place(tokens, gaps, stamp, at, at + stamp.text.length)
  // eslint-disable-next-line no-unmodified-loop-condition -- the cursor is module state
  while (at < to && faultAt < 0) {
    const start = at
    index = tokens.length
    const token = repeated() ?? fresh()
    if (token !== undefined) place(tokens, gaps, token, start, at)
  }
  if (faultAt < 0 && tokens.length === 0) fail("a token")
  return faultAt < 0 ? done(tokens, gaps) : malformed(from, to)
}

/** Lets go of the last text. */
export const forget = (): void => {
  before = []
  text = ""
}

const done = (tokens: ReadonlyArray<Token>, gaps: Gaps): Line => {
  before = tokens
  beforeCodes = codes
  const free = places
  places = nextPlaces
  nextPlaces = free
  return { _tag: "Line", tokens, gaps }
}

const place = (tokens: Array<Token>, gaps: Gaps, token: Token, start: number, end: number): void => {
  const i = 2 * tokens.length
  // Past the end of the array a write is ignored, and `repeated` finds length 0.
  nextPlaces[i] = start
  nextPlaces[i + 1] = end
  at = end
  tokens.push(token)
  boundary(tokens, gaps)
}

const fresh = (): Token | undefined => {
  const start = at
  const token = code(at) === open ? block() : named()
  if (token === undefined || !odd) return token
  odd = false
  return { _tag: "Odd", token, text: text.slice(start, at) }
}

const repeated = (): Token | undefined => {
  const token = before[index]
  if (token === undefined || index >= 256) return
  const start = places[2 * index] as number
  const length = (places[2 * index + 1] as number) - start
  const next = code(at + length)
  if (next !== blank && next !== newline) return
  const [old, now, from] = [beforeCodes, codes, at]
  // From its end, where tokens differ.
  for (let i = length - 1; i >= 0; i--) if (old[start + i] !== now[from + i]) return
  at += length
  return token
}

const malformed = (from: number, to: number): Malformed => {
  const found = faultAt >= to ? "the end of the line" : JSON.stringify(text.slice(faultAt, Math.min(to, faultAt + 12)))
  return { _tag: "Malformed", column: faultAt - from + 1, message: `expected ${fault}, found ${found}` }
}

const fail = (expected: string): undefined => {
  if (faultAt >= 0) return
  faultAt = at
  fault = expected
}

const code = (i: number): number => codes[i] as number

const isBlank = (char: number) => char === blank || char === tab
const isDigit = (char: number) => char >= zero && char <= nine

const leading = (gaps: Gaps): void => {
  const start = at
  while (isBlank(code(at))) at++
  if (at > start) gaps.push([0, text.slice(start, at)])
}

/** Between tokens: blanks, or a block that follows its memory at once (`252kB(lfb`), or the end. */
const boundary = (tokens: ReadonlyArray<Token>, gaps: Gaps): void => {
  const char = code(at)
  if (char === newline) return
  if (!isBlank(char) && char !== open) return fail("a blank")
  const start = at
  while (isBlank(code(at))) at++
  const single = at - start === 1 && char === blank
  if (!single || code(at) === newline) gaps.push([tokens.length, text.slice(start, at)])
}

/** Up to 15 digits, sign and fraction allowed; NaN after a fault. */
const number = (): number => {
  // A local: the cursor would be stored and loaded again for each digit.
  const start = at
  let i = start
  let char = code(i)
  if (char === minus) char = code(++i)
  const first = i
  let value = 0
  while (char >= zero && char <= nine) {
    value = value * 10 + (char - zero)
    char = code(++i)
  }
  at = i
  if (i === first) return fail("a number") ?? Number.NaN
  if (i - first > 1 && code(first) === zero) odd = true
  const point = char === dot
  if (point) value = fraction(value)
  if (at - first > (point ? 16 : 15)) return tooLong(start)
  if (first === start) return value
  if (value === 0) odd = true
  return -value
}

const tooLong = (start: number): number => {
  at = start
  return fail("a number of at most 15 digits") ?? Number.NaN
}

/** Exact: mantissa and power of ten are both exact doubles, so the division rounds once, as reading the text does. */
const fraction = (whole: number): number => {
  let value = whole
  let scale = 1
  let char = code(++at)
  if (!isDigit(char)) return fail("a digit") ?? Number.NaN
  while (isDigit(char)) {
    value = value * 10 + (char - zero)
    scale *= 10
    char = code(++at)
  }
  // Below 1e-6 a number prints with an exponent.
  if (code(at - 1) === zero || scale > 1e6) odd = true
  return value / scale
}

const expect = (char: number): boolean => {
  if (code(at) !== char) return fail(`"${String.fromCharCode(char)}"`) ?? false
  at++
  return true
}

const expectWord = (word: string): boolean => {
  if (!text.startsWith(word, at)) return fail(`"${word}"`) ?? false
  at += word.length
  return true
}

const isLetter = (char: number) => (char >= 65 && char <= 90) || (char >= 97 && char <= 122) || char === 95

/** Ends a name: blanks, `@`, brackets, punctuation with a meaning, control characters. */
const endsName = (char: number) =>
  char <= blank ||
  char === atSign ||
  char === openBracket ||
  char === closeBracket ||
  char === open ||
  char === close ||
  char === comma ||
  char === slash ||
  char === percent ||
  char === 127

/** Starts with a letter, or a digit and a letter (`3V3_SYS`). */
const name = (): string | undefined => {
  const start = at
  const first = code(at)
  if (!isLetter(first) && !(isDigit(first) && isLetter(code(at + 1)))) return fail("a name")
  const known = sameName(start)
  if (known !== undefined) return known
  while (!endsName(code(at))) at++
  return text.slice(start, at)
}

const sameName = (start: number): string | undefined => {
  const token = before[index]
  if (token === undefined || index >= 256 || token._tag === "Block" || !("name" in token)) return
  const length = token.name.length
  const place = places[2 * index] as number
  if (!endsName(code(start + length))) return
  const [old, now] = [beforeCodes, codes]
  for (let i = 0; i < length; i++) if (old[place + i] !== now[start + i]) return
  at = start + length
  return token.name
}

const named = (): Plain | undefined => {
  const label = name()
  if (label === undefined) return
  if (code(at) === atSign) return temperature(label)
  if (!expect(blank)) return
  more()
  const char = code(at)
  if (isDigit(char) || char === minus) return valued(label)
  if (char === openBracket) return cpu(label)
  if (char === atSign) return clock(label, Number.NaN)
  if (char === letterO) return expectWord("off") ? { _tag: "Off", name: label } : undefined
  if (char === letterF && label === "MTS") return mts()
  if (char === letterL && label === "EDP") return limit()
  return fail(`a value of ${label}`)
}

/** Blanks where none more belong, as in `SWAP  0/2048MB` or after a comma. */
const more = (): void => {
  while (isBlank(code(at))) {
    odd = true
    at++
  }
}

const valued = (label: string): Plain | undefined => {
  const value = number()
  const char = code(at)
  if (char === percent) {
    at++
    return code(at) === atSign ? clock(label, value) : { _tag: "Percent", name: label, load: value }
  }
  if (char === slash) return pair(label, value)
  if (char === letterM) return expectWord("mW") ? rail(label, value, true) : undefined
  return faultAt < 0 ? { _tag: "Bare", name: label, value } : undefined
}

/** After the first number: the rest of a memory or of a rail without unit. */
const pair = (label: string, first: number): Plain | undefined => {
  at++
  const second = number()
  if (faultAt >= 0) return
  const char = code(at)
  // The character after a line feed is none of this text.
  if (char === capitalB || (isLetter(char) && code(at + 1) === capitalB)) {
    const unit = bytes()
    return unit === undefined ? undefined : { _tag: "Memory", name: label, used: first, total: second, unit }
  }
  const maximum = char === slash ? (at++, number()) : Number.NaN
  if (faultAt >= 0) return
  return { _tag: "Rail", name: label, milliwatts: first, mean: second, maximum, unit: false }
}

/** `/5991mW/6011mW` after the first value, each optional. */
const rail = (label: string, first: number, unit: boolean): Plain | undefined => {
  const mean = milliwatts()
  const maximum = milliwatts()
  if (faultAt >= 0) return
  return { _tag: "Rail", name: label, milliwatts: first, mean, maximum, unit }
}

const milliwatts = (): number => {
  if (code(at) !== slash || faultAt >= 0) return Number.NaN
  at++
  const value = number()
  if (faultAt >= 0 || !expect(letterM) || !expect(capitalW)) return Number.NaN
  return value
}

const bytes = (): string | undefined => {
  if (code(at) === capitalB) return (at++, "B")
  if (text.startsWith("MB", at)) return ((at += 2), "MB")
  if (text.startsWith("kB", at)) return ((at += 2), "kB")
  if (text.startsWith("GB", at)) return ((at += 2), "GB")
  return fail("MB, kB or GB")
}

const block = (): Plain | undefined => {
  at++
  const label = name()
  if (label === undefined || !expect(blank)) return
  const first = number()
  if (faultAt >= 0) return
  const counted = code(at) === letterX
  if (counted) at++
  if (counted && first === 0) odd = true
  const size = counted ? number() : first
  if (faultAt >= 0) return
  const unit = bytes()
  if (unit === undefined || !expect(close)) return
  return { _tag: "Block", name: label, count: counted ? first : 0, size, unit }
}

const cpu = (label: string): Plain | undefined => {
  const cores: Array<Core> = []
  do {
    at++
    more()
    const read = core()
    if (read === undefined) return
    cores.push(read)
  } while (code(at) === comma)
  if (!expect(closeBracket)) return
  let mhz = 0
  if (code(at) === atSign) {
    at++
    mhz = number()
    if (mhz === 0) odd = true
  }
  return faultAt < 0 ? { _tag: "Cpu", name: label, cores, mhz } : undefined
}

const core = (): Core | undefined => {
  if (code(at) === letterO) return expectWord("off") ? null : undefined
  const load = number()
  if (faultAt >= 0 || !expect(percent)) return
  if (code(at) !== atSign) return { load, mhz: 0 }
  at++
  const mhz = number()
  if (mhz === 0) odd = true
  return faultAt < 0 ? { load, mhz } : undefined
}

const temperature = (label: string): Plain | undefined => {
  at++
  const celsius = number()
  if (faultAt >= 0 || !expect(capitalC)) return
  if (code(at) !== slash) return { _tag: "Temperature", name: label, celsius, maximum: Number.NaN }
  at++
  const maximum = number()
  if (faultAt >= 0 || !expect(capitalC)) return
  return { _tag: "Temperature", name: label, celsius, maximum }
}

const clock = (label: string, load: number): Plain | undefined => {
  at++
  if (code(at) !== openBracket) {
    const mhz = number()
    return faultAt < 0 ? { _tag: "Clock", name: label, load, mhz } : undefined
  }
  const mhz: Array<number> = []
  do {
    at++
    mhz.push(number())
    // eslint-disable-next-line no-unmodified-loop-condition -- `number` reports there
  } while (faultAt < 0 && code(at) === comma)
  return faultAt < 0 && expect(closeBracket) ? { _tag: "Clock", name: label, load, mhz } : undefined
}

const mts = (): Plain | undefined => {
  if (!expectWord("fg ")) return
  const foreground = number()
  if (faultAt >= 0 || !expectWord("% bg ")) return
  const background = number()
  if (faultAt >= 0 || !expect(percent)) return
  return { _tag: "Mts", foreground, background }
}

const limit = (): Plain | undefined => {
  if (!expectWord("limit ")) return
  const value = number()
  return faultAt < 0 ? { _tag: "Bare", name: "EDP limit", value } : undefined
}

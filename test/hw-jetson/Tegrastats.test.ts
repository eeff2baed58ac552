import * as Tegrastats from "@edgeol/hw-jetson/Tegrastats"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { isRecorded, lines, logs } from "./recorded.ts"

const read = (line: string): Tegrastats.Line => {
  const parsed = Tegrastats.parse(line)
  if (parsed._tag === "Malformed") throw new Error(`${line}\ncolumn ${parsed.column}: ${parsed.message}`)
  return parsed
}

const roundTrips = (line: string) => assert.strictEqual(Tegrastats.print(read(line)), line)

const find = <T extends Tegrastats.Token["_tag"]>(line: string, tag: T, name: string) =>
  read(line).tokens.find(
    (token): token is Extract<Tegrastats.Token, { readonly _tag: T }> =>
      token._tag === tag && "name" in token && token.name === name
  )

describe("lines of each release", () => {
  it.each(Object.entries(lines))("%s is printed back equal", (_, line) => roundTrips(line))

  it.skipIf(!isRecorded)("so is every recorded line", () => {
    const all = logs().flatMap((log) => log.text.split("\n").filter((line) => line.includes("@")))
    assert.isAbove(all.length, 1000)
    all.forEach(roundTrips)
  })

  it("the separator decides between a rail and a temperature of one name", () => {
    assert.strictEqual(find(lines.xavier, "Rail", "CPU")?.milliwatts, 311)
    assert.strictEqual(find(lines.xavier, "Temperature", "CPU")?.celsius, 37.5)
    assert.deepStrictEqual(find(lines.xavier, "Cpu", "CPU")?.cores, [{ load: 2, mhz: 1190 }, null])
  })

  it("reads numbers of every shape", () => {
    assert.deepStrictEqual(find(lines.thor, "Clock", "GR3D_FREQ")?.mhz, [314, 314, 314])
    assert.isNaN(find(lines.thor, "Clock", "GR3D_FREQ")?.load)
    assert.strictEqual(find(lines.thor, "Rail", "VDD_GPU")?.maximum, 4925)
    assert.strictEqual(find(lines.agxOrin, "Temperature", "CV0")?.celsius, -256)
    assert.strictEqual(find(lines.nano, "Block", "lfb")?.count, 366)
    assert.strictEqual(find(lines.jetpack2, "Cpu", "cpu")?.mhz, 204)
  })

  it("keeps unusual blanks and spellings", () => {
    roundTrips("  RAM 1/2MB   CPU [0%@0,off]\ttj@40.0C VDD_IN 0500/007mW  ".replace("007mW", "007"))
    roundTrips("RAM 1/2MB SWAP  0/3MB(cached 0MB) CPU [ 1%@2, off] VDD_IN 5/6")
    roundTrips("RAM 1/2MB tj@-0C APE 0.00000001 X_FREQ 0%@-1 VDD_IN 5765mW")
  })

  it.each([
    "2023-05-01 12:00:00,123 ",
    "[2023-05-01T12:00:00.5Z] ",
    "1612345678.25 ",
    "Tue Jan 26 18:22:31 UTC 2021 ",
    "Jan 26 18:22:31 robot tegrastats[812]: ",
    "18:22:31 | "
  ])("takes a logger's stamp %j", (stamp) => {
    const line = stamp.replace(" | ", ": ") + lines.nano
    assert.strictEqual(read(line).tokens[0]?._tag, "Stamp")
    roundTrips(line)
  })
})

describe("damaged lines", () => {
  it.each([
    ["RAM 12/x", 8],
    ["RAM 1/2MB CPU [1%@2,", 21],
    ["RAM 1/2MB VDD_IN 12mW/13", 25],
    ["RAM 1/2MB tj@4", 15],
    ["RAM 1/2MB VDD_IN 1234567890123456789/1", 18],
    ["", 1]
  ])("%j is reported at column %i", (line, column) => {
    const parsed = Tegrastats.parse(line)
    assert.strictEqual(parsed._tag, "Malformed")
    assert.strictEqual(parsed._tag === "Malformed" && parsed.column, column)
  })
})

const flip = (line: string, at: number, bit: number) =>
  line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ (1 << bit)) + line.slice(at + 1)

const grid = (max: number) => fc.integer({ min: 0, max })
const name = fc.constantFrom("VDD_IN", "GPU", "CPU", "tj", "3V3_SYS", "thermal-fan-est", "OFA_FREQ")
const milli = grid(99_999).map((n) => n / 1000)
const token: fc.Arbitrary<Tegrastats.Token> = fc.oneof(
  fc.record({
    _tag: fc.constant("Rail" as const),
    name,
    milliwatts: grid(99_999),
    mean: grid(99_999),
    maximum: fc.constantFrom(Number.NaN, 7),
    unit: fc.boolean()
  }),
  fc.record({
    _tag: fc.constant("Temperature" as const),
    name,
    celsius: milli,
    maximum: fc.oneof(milli, fc.constant(Number.NaN))
  }),
  fc.record({
    _tag: fc.constant("Clock" as const),
    name,
    load: fc.oneof(grid(100), fc.constant(Number.NaN)),
    mhz: fc.oneof(grid(3000), fc.array(grid(3000), { minLength: 1, maxLength: 4 }))
  }),
  fc.record({
    _tag: fc.constant("Cpu" as const),
    name: fc.constant("CPU"),
    cores: fc.array(
      fc.oneof(fc.constant(null), fc.record({ load: grid(100), mhz: fc.integer({ min: 1, max: 3000 }) })),
      { minLength: 1, maxLength: 14 }
    ),
    mhz: fc.constant(0)
  }),
  fc.record({
    _tag: fc.constant("Memory" as const),
    name: fc.constantFrom("RAM", "SWAP"),
    used: grid(99_999),
    total: grid(99_999),
    unit: fc.constantFrom("MB", "kB")
  }),
  fc.record({
    _tag: fc.constant("Block" as const),
    name: fc.constantFrom("lfb", "cached"),
    count: grid(9),
    size: grid(99),
    unit: fc.constantFrom("MB", "kB")
  }),
  fc.record({ _tag: fc.constant("Percent" as const), name, load: grid(100) }),
  fc.record({ _tag: fc.constant("Bare" as const), name, value: grid(3000) }),
  fc.record({ _tag: fc.constant("Off" as const), name }),
  fc.record({ _tag: fc.constant("Mts" as const), foreground: grid(100), background: grid(100) })
)

describe("laws", () => {
  it("parse inverts print, token by token", () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 30 }), (tokens) => {
        const line: Tegrastats.Line = { _tag: "Line", tokens, gaps: [] }
        tokens.forEach(({ _tag }) => kinds.add(_tag))
        assert.deepStrictEqual(read(Tegrastats.print(line)), line)
      }),
      { numRuns: 1000 }
    )
    assert.strictEqual(kinds.size, 10)
  })

  it("any text parses and prints back equal, or is reported inside the line", () => {
    const pool = [...Object.values(lines), ...logs().map((log) => log.text.split("\n")[0] ?? "")]
    let damaged = 0
    const check = (line: string) => {
      const parsed = Tegrastats.parse(line)
      if (parsed._tag === "Line") assert.strictEqual(Tegrastats.print(parsed), line)
      else {
        damaged++
        assert.isTrue(parsed.column >= 1 && parsed.column <= line.length + 1, line)
      }
    }
    const mutated = fc
      .tuple(fc.constantFrom(...pool), fc.nat(700), fc.nat(15), fc.boolean())
      .map(([line, at, bit, cut]) => (cut ? line.slice(0, at) : flip(line, at % line.length, bit)))
      .filter((line) => !/[\n\r]/.test(line))
    fc.assert(fc.property(mutated, check), { numRuns: 6000 })
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((s) => !s.includes("\n")),
        check
      ),
      { numRuns: 1000 }
    )
    assert.isAbove(damaged, 1000)
  })
})

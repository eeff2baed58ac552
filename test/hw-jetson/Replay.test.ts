import * as Replay from "@edgeol/hw-jetson/Replay"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { isRecorded, lines, logs } from "./recorded.ts"

const power = (milliwatts: number) => `RAM 1/2MB CPU [1%@2] VDD_IN ${milliwatts}/${milliwatts}`

const close = (actual: number | null, expected: number) => assert.closeTo(actual ?? Number.NaN, expected, 1e-9)

const stamped = (times: ReadonlyArray<number>) =>
  times
    .map(
      (t) =>
        `04-19-2026 01:${`${Math.floor(t / 60)}`.padStart(2, "0")}:${`${Math.floor(t % 60)}`.padStart(2, "0")} ${power(1000)}`
    )
    .join("\n")

const flip = (text: string, at: number, bit: number) => {
  const i = at % text.length
  return text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ (1 << bit)) + text.slice(i + 1)
}

const twice = (line: string) => Replay.replay(`${line}\n${line}`).joules ?? Number.NaN

describe("energy", () => {
  it("is the trapezoid over the nominal interval where nothing says when", () => {
    const { seconds, joules, error } = Replay.replay([1000, 3000, 3000].map(power).join("\n"), { interval: 0.5 })
    close(seconds, 1)
    close(joules, 1 + 1.5)
    assert.isAbove(error ?? 0, 0.05 * 2.5)
  })

  it("adds up what the module is, never its parts twice", () => {
    close(twice(lines.tx2), 1.84)
    close(twice(lines.nano), 0.92)
    close(twice(lines.xavier), 0.311 + 0.932 + 0.621 + 1.482)
    close(twice(lines.agxOrin.slice(20)), 2.399 + 0.4 + 4.032)
    close(twice(lines.orinNano.slice(20)), 5.971)
    close(twice(lines.thor.slice(20)), 4.925 + 8.71 + 6.767)
  })

  it("is not known without power rails, which is no zero", () => {
    const { joules, error, lines: count, unparsed } = Replay.replay(`${lines.jetpack2}\n${lines.jetpack2}`)
    assert.deepStrictEqual([joules, error, count, unparsed], [null, null, 2, 0])
  })

  it("leaves rails that feed nothing out", () => {
    assert.notProperty(Replay.replay(lines.agxOrin).rails, "NC")
    assert.property(Replay.replay(lines.agxOrin).rails, "VDDQ_VDD2_1V8AO")
  })
})

describe("time", () => {
  it("is right to one interval, though stamps have whole seconds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 300 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 0, max: 99 }),
        (n, step, phase) => {
          const at = Array.from({ length: n }, (_, i) => phase / 100 + (i * step) / 100)
          const last = at.at(-1) ?? 0
          fc.pre(last < 3000 && last > 3)
          const { seconds } = Replay.replay(stamped(at))
          assert.closeTo(seconds, last - (at[0] ?? 0), Math.max(1, step / 100))
        }
      ),
      { numRuns: 300 }
    )
  })

  it("does not follow a clock that is set", () => {
    const { seconds } = Replay.replay(
      [
        "01-01-1970 00:00:10",
        "01-01-1970 00:00:11",
        "04-19-2026 01:31:10",
        "04-19-2026 01:31:11",
        "04-19-2026 01:31:09"
      ]
        .map((stamp) => `${stamp} ${power(1000)}`)
        .join("\n")
    )
    assert.strictEqual(seconds, 4)
  })

  it("counts a pause as a gap with a wide error", () => {
    const steady = Replay.replay(stamped([0, 1, 2, 3, 4, 5, 6, 7]))
    const pause = Replay.replay(stamped([0, 1, 2, 3, 4, 5, 6, 37]))
    assert.deepStrictEqual([steady.gaps, pause.gaps], [0, 1])
    assert.isAbove((pause.error ?? 0) / (pause.joules ?? 1), (steady.error ?? 0) / (steady.joules ?? 1))
  })

  it("passes on damaged lines, too", () => {
    const whole = Replay.replay([1000, 1000, 1000, 1000].map(power).join("\n"))
    const damaged = Replay.replay([power(1000), power(1000).slice(0, 19), power(1000), power(1000)].join("\r\n"))
    assert.strictEqual(damaged.unparsed, 1)
    assert.deepStrictEqual(
      damaged.problems.map((p) => [p.line, p.column]),
      [[2, 20]]
    )
    close(damaged.joules, whole.joules ?? Number.NaN)
  })
})

describe("what is no tegrastats", () => {
  it("is told from damage", () => {
    const text = [
      "started by hand",
      "",
      "Tue Jan 26 18:22:31 UTC 2021",
      power(1),
      "# mark",
      "user@robot:~$ ls",
      power(1),
      "^C",
      "bye"
    ]
    const { lines: count, unparsed, others } = Replay.replay(text.join("\n"))
    assert.deepStrictEqual([count, unparsed, others], [2, 0, 7])
    assert.strictEqual(Replay.replay([power(1), "*&% #@!", power(1)].join("\n")).unparsed, 1)
  })

  it("survives a power cut and foreign line ends", () => {
    const { lines: count, unparsed } = Replay.replay(`\uFEFF${power(1)}\r${power(1)}\r\n${"\0".repeat(50)}`)
    assert.deepStrictEqual([count, unparsed], [2, 0])
    assert.strictEqual(Replay.replay("").lines, 0)
  })
})

describe.skipIf(!isRecorded)("recorded logs", () => {
  it.each(logs().map(({ name, text }) => [name, text] as const))("%s is read completely", (_, text) => {
    const result = Replay.replay(text)
    const expected = text.split("\n").filter((line) => line.includes("CPU [")).length
    assert.deepStrictEqual([result.lines, result.unparsed], [expected, 0])
    assert.isTrue(Object.values(result.rails).every((rail) => Number.isFinite(rail.joules + rail.meanWatts)))
  })

  it("a tenth of the lines still gives the energy, inside its own error", () => {
    const text = logs().find(({ name }) => name.startsWith("orin-nano-super"))?.text ?? ""
    const all = text
      .trim()
      .split("\n")
      .map((line) => line.slice(20))
    const joulesOf = (every: number, from: number) =>
      Replay.replay(
        all
          .slice(0, 651)
          .filter((_, i) => i % every === from)
          .join("\n"),
        { interval: every * 0.11, accuracy: 0 }
      )
    const truth = joulesOf(1, 0).joules ?? Number.NaN
    for (const every of [2, 5, 10, 25]) {
      const thin = joulesOf(every, 0)
      assert.closeTo(thin.joules ?? Number.NaN, truth, thin.error ?? 0)
      // The error is no blanket: under a tenth of the energy.
      assert.isBelow(thin.error ?? 1e9, 0.25 * truth)
    }
  })
})

it("any text gives finite numbers and never throws", () => {
  const pool = [...Object.values(lines), ...logs().map((log) => log.text.slice(0, 3000))]
  const damaged = fc
    .tuple(fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 }), fc.nat(3000), fc.nat(15), fc.boolean())
    .map(([parts, at, bit, cut]) => (cut ? parts.join("\n").slice(at) : flip(parts.join("\n"), at, bit)))
  fc.assert(
    fc.property(damaged, (text) => {
      const { seconds, joules, error, unparsed, lines: count } = Replay.replay(text)
      assert.isTrue(Number.isFinite(seconds) && (joules === null || Number.isFinite(joules)) && unparsed <= count)
      assert.isTrue(error === null || error >= 0)
    }),
    { numRuns: 3000 }
  )
})

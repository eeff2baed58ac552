import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

const make = (text: string, symbols: Formula.Formula["symbols"], unit = "s"): Formula.Formula => ({
  name: "mine",
  text,
  unit,
  symbols,
  source: "test"
})

const f = { unit: "GHz", range: [0.1, 3] } as const
const G = { unit: "s GHz", range: [1e-3, 1e3], coefficient: true } as const

const message = (formula: Formula.Formula) => {
  try {
    Formula.compile(formula)
  } catch (error) {
    if (error instanceof Formula.FormulaError) return error.message
    throw error
  }
  return "compiled"
}

const forms = [...Forms.times, ...Forms.powers]

describe.each(forms)("the form $name", (form) => {
  const compiled = Formula.compile(form)
  const inRange = (name: string) => {
    const [low, high] = form.symbols[name]!.range
    const steps = 64
    // The middle half of the range in the logarithm: at the ends terms vanish beside others.
    return fc.integer({ min: steps / 4, max: (3 * steps) / 4 }).map((i) => low * (high / low) ** (i / steps))
  }
  const point = fc.tuple(
    fc.tuple(...compiled.inputs.map(inRange)),
    fc.tuple(
      ...compiled.coefficients.map((name) =>
        form.symbols[name]!.unit === "" ? fc.integer({ min: 8, max: 40 }).map((i) => i / 10) : inRange(name)
      )
    )
  )

  it("has derivatives equal to finite differences", () => {
    const out = new Float64Array(compiled.coefficients.length)
    fc.assert(
      fc.property(point, ([inputs, coefficients]) => {
        const value = compiled.gradient(inputs, coefficients, out)
        expect(value).toBeCloseTo(compiled.value(inputs, coefficients), 12)
        coefficients.forEach((c, k) => {
          const moved = (by: number) =>
            compiled.value(
              inputs,
              coefficients.map((v, i) => (i === k ? c * (1 + by) : v))
            )
          const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5 / value
          expect(Math.abs(slope - (out[k]! * c) / value)).toBeLessThan(1e-4)
        })
      }),
      { numRuns: 200 }
    )
  })

  it("grows with every coefficient that has a size", () => {
    fc.assert(
      fc.property(point, ([inputs, coefficients]) => {
        compiled.coefficients.forEach((name, k) => {
          if (form.symbols[name]!.unit === "") return
          const more = compiled.value(
            inputs,
            coefficients.map((v, i) => (i === k ? 2 * v : v))
          )
          expect(more).toBeGreaterThanOrEqual(compiled.value(inputs, coefficients) * (1 - 1e-12))
        })
      })
    )
  })
})

describe("a formula of one's own", () => {
  it("compiles to what its text says", () => {
    const compiled = Formula.compile(make("time = G / f", { f, G }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1000 }), (a, b) => {
        expect(compiled.value([a / 100], [b / 10])).toBeCloseTo(b / 10 / (a / 100), 10)
      })
    )
  })

  it.each([
    ["time = G / g", { f, G }, '"g" is not declared'],
    ["time = G * f", { f, G }, "units do not match"],
    ["time = G / f + f", { f, G }, "units do not match"],
    ["time = G / f", { f: { ...f, unit: "MHz" }, G }, "by a factor 1000"],
    ["time = G / f", { f: { ...f, range: [0, 3] }, G }, '"f" can be zero, and it divides'],
    ["time = G / (f - f)", { f, G }, "can be zero"],
    ["time = G / f", { f: { ...f, unit: "furlongz" }, G }, "a unit cannot be read"],
    ["time = G / f", { f, G: { ...G, range: [0, 1] } }, "must be positive"],
    ["time = G / f", { f: { ...f, range: [3, 1] }, G }, "swap its ends"],
    ["time = 1 / f", { f, G }, '"G" is not used'],
    ["time = G / ", { f, G }, "cannot be read"],
    ["time = G / f; 3", { f, G }, "not arithmetic"],
    ["time = foo(G / f)", { f, G }, '"foo" is not known'],
    ["time = import(G)", { f, G }, '"import" is not known'],
    ["time = [G, f]", { f, G }, "not arithmetic"]
  ] as const)("%s is refused with a reason", (text, symbols, reason) => {
    expect(message(make(text, symbols as Formula.Formula["symbols"]))).toContain(reason)
  })

  it("is read or refused in one sentence, whatever its text", () => {
    const words = [
      "G",
      "f",
      "x",
      "+",
      "-",
      "*",
      "/",
      "^",
      "(",
      ")",
      "2",
      "0",
      "1e3",
      "=",
      "time",
      "sqrt",
      "log",
      ",",
      "!",
      "[",
      "]",
      ";",
      '"',
      "'",
      "constructor",
      "."
    ]
    let compiled = 0
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((w) => w.join(" ")),
          fc.string()
        ),
        (text) => {
          const said = message(make(text, { f, G }))
          if (said === "compiled") compiled++
          else expect(said).toMatch(/^Formula "mine": .+/s)
        }
      ),
      { numRuns: 10_000 }
    )
    fc.assert(
      fc.property(fc.constantFrom("G / f", "2 * G / f", "sqrt(G / f * G / f)", "max(G / f, G / f)"), (text) => {
        if (message(make(text, { f, G })) === "compiled") compiled++
      })
    )
    expect(compiled).toBeGreaterThan(50)
  })
})

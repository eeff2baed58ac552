import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import { expect, test } from "vitest"
import * as Shipped from "./Shipped.ts"

const refusal = (text: string) => {
  try {
    Surrogate.parse("mine.json", text)
  } catch (error) {
    return (error as Surrogate.SurrogateError).message
  }
  return undefined
}

test("what is printed is read again", () => {
  expect(Shipped.all.length).toBeGreaterThan(0)
  for (const surrogate of Shipped.all) {
    expect(Surrogate.parse("again", Surrogate.print(surrogate))).toEqual(surrogate)
    expect(surrogate.body.provenance.runs).toBeGreaterThan(surrogate.body.provenance.seeds.length)
  }
})

test("a file that is cut off, edited, old or made up is refused in a sentence that says what to do", () => {
  const text = Surrogate.print(Shipped.patterns)
  expect(refusal(text.slice(0, 1000))).toMatch(/^mine\.json: it is not JSON.*edgeol atlas\.$/)
  expect(refusal(text.replace(/"learn":0\./, '"learn":1.'))).toMatch(/damaged or edited.*edgeol atlas\.$/)
  expect(refusal(text.replace('"version":1', '"version":0'))).toMatch(/of version 0, and this edgeol reads version 1/)
  expect(refusal(`{"version":1}`)).toMatch(/has not the fields of a surrogate/)
})

test("lists of the wrong length are named", () => {
  const { body } = Shipped.patterns
  const short = Surrogate.make({ ...body, accuracy: { ...body.accuracy, start: [0.5] } })
  expect(refusal(Surrogate.print(short))).toBe(
    "mine.json: accuracy.start has 1 numbers, not 5; make it again with edgeol atlas."
  )
})

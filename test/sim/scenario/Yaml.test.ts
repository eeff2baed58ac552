import * as Scenario from "@edgeol/sim/Scenario"
import { Result } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import { drawn } from "./drawn.ts"

/** Short, so that an edit hits what matters, and all together with every kind of part. */
const texts = [
  `name: a
version: 1
scenes: { a: 1, b: { a: 1, c: 2 }, c: 3 }
schedule:
  - { scene: a, duration: 1 h }
  - { scene: b, until: 3 h, drift: { kind: gradual, over: 30 min } }
repeat: 2
requests: { rate: 60/h, process: { kind: markov, levels: [{ level: 1, dwell: 9 }, { level: 2, dwell: 3 }] } }
`,
  `name: b
version: 2
schedule: [{ scene: 1, duration: 2 h, requests: { count: 9 } }, { scene: 2, duration: 60, drift: { kind: sudden } }]
batches: { count: 5, samples: 8, labels: { delay: { kind: uniform, from: 1, until: 2 }, missing: 0.1 } }
requests: { rate: 2, process: { kind: bursts, size: 3, gap: 0.1 } }
`,
  `name: c
version: 3
schedule:
  - { scene: 1, duration: 1 d }
  - { scene: 2, duration: 1 d, drift: { kind: incremental, over: 1 h, through: [3] } }
requests: { rate: 9/h, process: { kind: diurnal, profile: [1, 0, 2] } }
devices: [{ name: x, count: 2, speed: 2, modes: [{ at: 1 h, mode: y }] }]
seeds: { requests: 4 }
`
]

/** Words that mean something, and some that should not. */
const word = fc.oneof(
  fc.constantFrom(..."0 -1 1e308 .inf .nan ~ [] {} 1 h 1/h 9 d & * ! | > - : # , \t \u0000 --- ? 'a'".split(" ")),
  fc.constantFrom(
    "\n",
    "\n  ",
    "{ a: *b }",
    "&a [*a]",
    "<<: *a",
    "scene: 1",
    "rate: 5",
    "count: 3",
    "until: 1 s",
    "🦜"
  ),
  fc.constantFrom(...texts.flatMap((text) => text.split(/[\s,{}[\]]+/)).filter((part) => part !== "")),
  fc.string({ maxLength: 4 })
)

type Edit = (text: string) => string

/** Puts a word somewhere, for what was there. */
const edit = fc
  .tuple(fc.nat(500), fc.integer({ min: 0, max: 12 }), fc.oneof(word, fc.constant("")))
  .map(([place, length, instead]): Edit => (text) => {
    const i = place % (text.length + 1)
    return text.slice(0, i) + instead + text.slice(i + length)
  })

/** Another number for one of the numbers. */
const renumber = fc
  .tuple(fc.nat(40), fc.oneof(fc.integer({ min: 0, max: 5 }).map(String), fc.constantFrom("0.5", "1e9", "-1", "1e-9")))
  .map(([place, instead]): Edit => (text) => {
    const numbers = [...text.matchAll(/\d+(\.\d+)?/g)]
    const found = numbers[place % Math.max(1, numbers.length)]
    return found === undefined ? text : text.slice(0, found.index) + instead + text.slice(found.index + found[0].length)
  })

const mutated = fc
  .tuple(fc.constantFrom(...texts), fc.array(fc.oneof(edit, renumber, renumber), { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) => edits.reduce((now, change) => change(now), text))

/** Draws what can be drawn. */
const outcome = (text: string): "read" | "refused" => {
  const read = Scenario.parse(text, "a.yaml")
  if (Result.isFailure(read)) {
    expect(read.failure.message).toMatch(/^a\.yaml[^\n]*; correct the file and run again\.$/)
    return "refused"
  }
  if (Scenario.traceFiles(read.success).length === 0) drawn(Scenario.timeline(read.success, 1), 50)
  return "read"
}

// Without promises, which would take half the time.
test("a mutated scenario is refused in one sentence, or can be drawn", { timeout: 60_000 }, () => {
  const outcomes = { read: 0, refused: 0 }
  const property = fc.property(mutated, (text) => void (outcomes[outcome(text)] += 1))
  fc.assert(property, { numRuns: 8000 })
  expect(outcomes.read).toBeGreaterThan(1000)
  expect(outcomes.refused).toBeGreaterThan(1000)
})

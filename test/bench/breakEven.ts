/**
 * What the break-even rule costs against the optimum, within what its theorem assumes and outside: the mean and the largest
 * ratio over random tapes, and over tapes that were changed for the worse and then shrunk.
 * `node test/bench/breakEven.ts [--tapes 2000] [--json] [--keep]`; `--keep` keeps the worst for the tests to replay.
 */
import * as Rng from "@edgeol/core/Rng"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Kind, kinds, parse, type Scenario, worst } from "./breakEven/Kinds.ts"

const grain = 64
const longest = 30

/** Gains on a grid, up to a size of the tape's own, from a 64th of a round's cost of 1 … */
const anyScenario = (rng: Rng.Rng): Scenario => {
  const most = 2 ** rng.below(7)
  const gain = () => (1 + rng.below(most)) / grain
  return { fixed: 1, tape: Array.from({ length: 2 + rng.below(longest - 1) }, () => (rng.below(2) === 0 ? 0 : gain())) }
}

const changed = ({ fixed, tape }: Scenario, rng: Rng.Rng): Scenario => {
  const [place, gain] = [rng.below(tape.length), rng.below(2) * ((1 + rng.below(grain)) / grain)]
  switch (rng.below(3)) {
    case 0:
      return { fixed, tape: tape.toSpliced(place, 1) }
    case 1:
      return { fixed, tape: tape.length < longest ? tape.toSpliced(place, 0, gain) : tape }
    default:
      return { fixed, tape: tape.with(place, gain) }
  }
}

/** Ratios of nothing to nothing count as none. */
const rated = ({ ratio }: Kind, scenario: Scenario): number => {
  const value = ratio(parse(scenario))
  return value < 1e6 ? value : 0
}

const climbed = (kind: Kind, start: Scenario, rng: Rng.Rng): Scenario => {
  let [best, ratio] = [start, rated(kind, start)]
  for (let i = 0; i < climbs; i++) {
    const next = changed(best, rng)
    const value = next.tape.length > 0 ? rated(kind, next) : 0
    if (value >= ratio) [best, ratio] = [next, value]
  }
  return best
}

/** Without all arrivals that do not matter to the ratio by a hundredth. */
const shrunk = (kind: Kind, scenario: Scenario): Scenario => {
  const enough = 0.99 * rated(kind, scenario)
  const smaller = scenario.tape
    .map((_, place) => ({ ...scenario, tape: scenario.tape.toSpliced(place, 1) }))
    .find((less) => rated(kind, less) >= enough)
  return smaller === undefined ? scenario : shrunk(kind, smaller)
}

const climbs = 500
const starts = 5

const search = (name: string, kind: Kind, tapes: number) => {
  const rng = Rng.named(1, name)
  const drawn = Array.from({ length: tapes }, () => anyScenario(rng))
    .map((scenario) => ({ scenario, ratio: rated(kind, scenario) }))
    .toSorted((a, b) => b.ratio - a.ratio)
  const found = drawn.slice(0, starts).map(({ scenario }) => climbed(kind, scenario, rng))
  const kept = [...found.map((scenario) => shrunk(kind, scenario)), ...(worst[name] === undefined ? [] : [worst[name]])]
  const [most] = kept
    .map(({ fixed, tape }) => ({ ratio: rated(kind, { fixed, tape }), fixed, tape }))
    .toSorted((a, b) => b.ratio - a.ratio)
  const counted = drawn.filter(({ ratio }) => ratio > 0)
  const mean = counted.reduce((sum, { ratio }) => sum + ratio, 0) / counted.length
  if (kind.bound !== undefined && most!.ratio > kind.bound * (1 + 1e-9))
    throw new Error(`${name} costs ${most!.ratio} times the optimum, above ${kind.bound}.`)
  return {
    about: kind.about,
    bound: kind.bound ?? null,
    tapes: counted.length,
    mean,
    largest: drawn[0]!.ratio,
    worst: most!
  }
}

const asked = process.argv.indexOf("--tapes")
const tapes = asked < 0 ? 2000 : Number(process.argv[asked + 1])
const result = Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, search(name, kind, tapes)]))
if (process.argv.includes("--keep")) {
  const file = join(import.meta.dirname, "breakEven", "worst.json")
  const kept = Object.fromEntries(Object.entries(result).map(([name, found]) => [name, found.worst]))
  writeFileSync(`${file}.new`, `${JSON.stringify(kept, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)

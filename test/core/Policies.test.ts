import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import { ConfigError } from "@edgeol/core/Policy"
import { seconds } from "@edgeol/core/Units"
import { anyConfig, anyHistory, anySpecification, build, check, laws } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

const specifications = [
  "never",
  "immediate",
  "periodic:3",
  "back-off",
  "error-budget:4",
  "cara:0.5",
  "cara:variant=threshold,price=1",
  "cara:variant=periodic,every=2",
  "drift:3",
  "drift+oracle",
  "frequency:needMin=2,needMax=4,pull=0.5,trustAbove=0",
  "freeze:every=2,hits=1,settled=0.2",
  "freeze:every=1,prefix=false,keepLast=2,thaw=0",
  "prefix:2",
  "last-k:2",
  "linear:steps=12,start=0.2",
  "pipe-transformer:steps=5",
  "auto-freeze:every=3",
  "egeria:every=1,window=2,hits=1",
  "slim-fit:0.5",
  "epochs:4",
  "hard:0.5",
  "replay:16",
  "replay:4,store=uniform,capacity=100",
  "cached",
  "settled:0.5",
  "settled:loss=0,patience=3,least=1",
  "fresh",
  "simsiam:0.2",
  "rigl:0.3,every=2",
  "edgeol:freeze.every=2+hard:0.5+cached+settled:1",
  "adwin:delta=0.3",
  "adwin:of=energy,delta=0.3",
  "ddm:minimum=5",
  "kswin:window=12,newest=4,alpha=0.2",
  "kswin:window=6,newest=2,alpha=0.3,of=energy",
  "page-hinkley:lambda=2,minimum=4",
  "page-hinkley:of=energy,lambda=0.5,minimum=3",
  "energy",
  "labels:1.5",
  "oracle",
  "blind",
  "periodic:2+linear:steps=12",
  "error-budget:4+freeze:every=2,hits=1+ddm:minimum=5",
  "back-off+pipe-transformer:steps=5+oracle",
  "head",
  "edgeol:freeze.every=2+head",
  "ekya",
  "ekya:window=3,trial=2,prefixes=2,batchSize=2",
  "ekya:2+replay:4",
  "breakEven:8",
  "breakEven:randomised=true,seed=3,price=20",
  "edgeol",
  "edgeol:frequency.trustAbove=0,frequency.trainOnChange=true,freeze.every=2,energy.window=2,labels.z=1",
  "edgeol:detector=oracle,freeze.every=3",
  "edgeol:detector=none,frequency.window=3,frequency.gridSize=8"
]

for (const specification of specifications) laws.policy(Policies.parse(specification))

test("every policy has arbitrary configurations, and laws above", () => {
  const named = specifications
    .flatMap((specification) => specification.split("+"))
    .map((part) => part.replace(/:.*/, ""))
  expect(new Set(Object.keys(Policies.all))).toEqual(new Set(Object.keys(anyConfig)))
  expect(new Set(named)).toEqual(new Set(Object.keys(Policies.all)))
})

test("the laws hold for every configuration, alone and under guards", () => {
  const kept = fc.property(anySpecification(), (specification) => {
    expect(check(build(specification), { runs: 5 })).toBeUndefined()
  })
  fc.assert(kept, { numRuns: 60 })
})

/** Parts by what they do, with a value where one is needed. */
const triggers = ["never", "immediate", "periodic:3", "back-off", "error-budget:4", "cara:1", "drift", "frequency"]
const freezers = [
  "prefix:1",
  "last-k:1",
  "linear:9",
  "pipe-transformer:steps=4",
  "freeze:every=2",
  "auto-freeze:every=3",
  "egeria:every=2,window=2",
  "slim-fit"
]
const recipes = ["epochs:2", "hard:0.5", "replay:3", "cached", "settled:1", "fresh", "simsiam:0.5", "rigl:0.5"]
const detectors = ["adwin:0.3", "ddm:minimum=5", "kswin", "page-hinkley:2", "energy", "labels", "oracle", "blind"]

test("the laws hold for every trigger with every freezer, recipe and detector", () => {
  const anyParts = fc.tuple(...[triggers, freezers, recipes, detectors].map((names) => fc.constantFrom(...names)))
  const kept = fc.property(anyParts, (parts) => {
    expect(check(Policies.parse(parts.join("+")), { runs: 5 })).toBeUndefined()
  })
  fc.assert(kept, { numRuns: 100 })
})

describe("composition", () => {
  const made = (specification: string, history: ReadonlyArray<Observation>) =>
    Policy.decisions(Policies.parse(specification), history)

  test("asks for what its parts ask for, in any order of the parts", () => {
    const sum = fc.property(anyHistory(), (history) => {
      const [rounds, depths] = [made("periodic:3", history), made("linear:9+oracle", history)]
      const both = made("periodic:3+linear:9+oracle", history)
      expect(made("oracle+linear:9+periodic:3", history)).toEqual(both)
      history.forEach((_, i) => {
        const freezes = Decision.without(depths[i]!, "Train")
        expect(both[i]).toEqual(Decision.all(rounds[i]!, freezes))
      })
    })
    fc.assert(sum)
  })

  test("completes a freezer by rounds at every batch, a detector by rounds at its changes", () => {
    const same = fc.property(anyHistory(), (history) => {
      for (const freezer of freezers) expect(made(freezer, history)).toEqual(made(`immediate+${freezer}`, history))
      for (const detector of detectors) expect(made(detector, history)).toEqual(made(`drift+${detector}`, history))
    })
    fc.assert(same, { numRuns: 30 })
  })

  test("says all recipes at once, in any order of the parts, and completes them by rounds at every batch", () => {
    const history: ReadonlyArray<Observation> = [{ _tag: "Started", at: seconds(0), units: 4 }]
    const freeze = Decision.freeze([true, true, false, false])
    const recipe = { epochs: 4, replay: 16, store: "balanced", capacity: 256, cache: true } as const
    const said = Decision.all(freeze, Decision.recipe(recipe))
    expect(made("immediate+prefix:2+epochs:4+replay:16+cached", history)).toEqual([said])
    expect(Decision.parts(made("cached+replay:16+prefix:2+epochs:4", history)[0]!)).toEqual(Decision.parts(said))
    const alone = fc.property(anyHistory(), fc.constantFrom(...recipes), (all, part) => {
      expect(made(part, all)).toEqual(made(`immediate+${part}`, all))
    })
    fc.assert(alone, { numRuns: 30 })
  })

  test("tells nobody of changes who does not hear: no test is paid for", () => {
    const asks = (specification: string) =>
      made(specification, [{ _tag: "BatchArrived", at: seconds(0), batch: 0, samples: 4 }]).map(({ _tag }) => _tag)
    expect(asks("periodic:4+prefix:1")).toEqual(["Wait"])
    expect(asks("periodic:4+linear")).toEqual(["Pretest"])
    expect(asks("periodic:4+linear+blind")).toEqual(["Wait"])
  })

  test("a plus within a number is no joint", () => {
    expect(Policies.parse("periodic:1e+1").config).toEqual({ every: 10 })
  })
})

describe("parse", () => {
  test("keeps the specification as the name, and takes short, full and nested fields", () => {
    expect(Policies.parse("periodic:4").config).toEqual({ every: 4 })
    expect(Policies.parse("periodic:every=4").config).toEqual({ every: 4 })
    expect(Policies.parse("periodic:4").name).toBe("periodic:4")
    expect(JSON.stringify(Policies.parse("edgeol:freeze.prefix=false,detector=oracle").config)).toContain(
      '"prefix":false'
    )
  })

  test.each([
    ["nope", 'There is no policy "nope"; there are never, immediate, periodic, back-off, '],
    ["periodic:4+nope", 'There is no policy "nope"; there are never, immediate, periodic, back-off, '],
    ["periodic:4+", 'There is no policy ""; there are never'],
    ["periodic:4+immediate", "periodic and immediate do not go together: both start rounds."],
    ["linear+immediate+prefix:2", "linear and prefix do not go together: both say what rounds train."],
    ["drift+ddm+adwin", "ddm and adwin do not go together: both tell of changes."],
    ["edgeol+linear", "edgeol and linear do not go together: one of them is a whole policy."],
    ["ekya:1", "ekya: window: expected a value greater than 1."],
    ["ekya+cached+linear", "ekya and linear do not go together: one of them is a whole policy."],
    ["epochs:2+cached+epochs:4", "epochs and epochs do not go together: it says one thing once."],
    ["simsiam:0", "simsiam: weight: expected a value greater than 0."],
    ["rigl:0", "rigl: density: expected a value greater than 0."],
    ["hard:0", "hard: share: expected a value greater than 0."],
    ["replay:2,store=all", 'replay: store: expected "balanced" | "uniform".'],
    ["ddm+edgeol", "ddm and edgeol do not go together: one of them is a whole policy."],
    ["periodic:4+linear:start=2", "linear: start: expected a value between 0 and 1."],
    ["drift+oracle:1", 'oracle: there is no field "1".'],
    ["kswin:window=5", "kswin: newest: expected less than window, which is 5."],
    ["constructor", 'There is no policy "constructor"; there are'],
    ["", 'There is no policy "'],
    ["periodic", "periodic: every: missing key."],
    ["periodic:0", "periodic: every: expected a value greater than 0."],
    ["periodic:1.5", "periodic: every: expected an integer."],
    ["periodic:x", "periodic: every: expected number."],
    ["periodic:NaN", "periodic: every: expected an integer."],
    ["periodic:often=2", 'there is no field "often".'],
    ["periodic:every=2,every.x=3", 'every is a value and has no field "x".'],
    ["never:5", 'never: there is no field "5".'],
    ["immediate:every=2", 'immediate: there is no field "every".'],
    ["edgeol:__proto__.polluted=1", 'edgeol: there is no field "__proto__".'],
    ["edgeol:frequency.gain=NaN", "edgeol: frequency.gain: expected a finite number."],
    ["edgeol:frequency.needMin=9", "edgeol: frequency.needMin: expected at most needMax, which is 8."],
    ["edgeol:detector=magic", 'edgeol: detector: expected "both" | "energy" | "labels" | "oracle" | "none".'],
    ["edgeol:freez.every=3", 'edgeol: there is no field "freez".']
  ])("says in one sentence what is wrong with %j", (specification, message) => {
    expect(() => Policies.parse(specification)).toThrow(ConfigError)
    expect(() => Policies.parse(specification)).toThrow(message)
    expect("polluted" in {}).toBe(false)
  })
})

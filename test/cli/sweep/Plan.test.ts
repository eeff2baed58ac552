import * as Plan from "@edgeol/cli/sweep/Plan"
import * as Trials from "@edgeol/cli/sweep/Trials"
import { fc, test } from "@fast-check/vitest"
import { Result } from "effect"
import { expect } from "vitest"

const text = (changes: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    policies: "[immediate, 'periodic:$every', 'edgeol:frequency.needMax=$every,detector=$detector']",
    parameters: "{ every: [2, 4], detector: [oracle, none] }",
    scenarios: "[one.yaml, two.yaml]",
    devices: "[orin-nano@15W]",
    seeds: "3",
    ...changes
  })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("")

const plan = (changes?: Readonly<Record<string, string>>) => Result.getOrThrow(Plan.parse(text(changes), "plan.yaml"))

const trialsOf = (of: Plan.Plan, content: (setting: Trials.Setting) => string = () => "", versions = "1") =>
  Trials.make(
    of,
    Trials.settings(of, () => "orin-nano@15W"),
    content,
    versions
  )

const all = ({ count, trial }: Trials.Trials) => Array.from({ length: count }, (_, number) => trial(number))

test("a policy is tried with every combination of its own parameters", () => {
  const trials = all(trialsOf(plan()))
  expect(trials).toHaveLength((1 + 2 + 4) * 2 * 3)
  expect([...new Set(trials.map(({ specification }) => specification))]).toEqual([
    "immediate",
    "periodic:2",
    "periodic:4",
    "edgeol:frequency.needMax=2,detector=oracle",
    "edgeol:frequency.needMax=2,detector=none",
    "edgeol:frequency.needMax=4,detector=oracle",
    "edgeol:frequency.needMax=4,detector=none"
  ])
  expect(trials[0]!.values).toEqual({})
  expect(trials.at(-1)).toEqual({
    specification: "edgeol:frequency.needMax=4,detector=none",
    values: { every: 4, detector: "none" },
    scenario: "two.yaml",
    device: "orin-nano@15W",
    rounds: "warm",
    seed: 3
  })
})

test.prop([
  fc.uniqueArray(fc.constantFrom("immediate", "never", "periodic:$every", "edgeol:frequency.needMax=$every"), {
    minLength: 1
  }),
  fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 3 }),
  fc.uniqueArray(fc.constantFrom("a.yaml", "b.yaml", "c.yaml"), { minLength: 1 }),
  fc.oneof(fc.integer({ min: 1, max: 5 }), fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 }))
])("trials differ, and so do their keys, however the plan is ordered", (policies, every, scenarios, seeds) => {
  const content = ({ scenario }: Trials.Setting) => scenario
  const keys = (of: Plan.Plan) => {
    const trials = trialsOf(of, content)
    expect(new Set(all(trials).map((trial) => JSON.stringify(trial))).size).toBe(trials.count)
    return new Set(Array.from({ length: trials.count }, (_, number) => trials.key(number)))
  }
  const found = keys({ policies, parameters: { every }, scenarios, seeds })
  const turned = keys({
    policies: policies.toReversed(),
    parameters: { every: every.toReversed() },
    scenarios: scenarios.toReversed(),
    seeds
  })
  expect(turned).toEqual(found)
  expect(found.size).toBe(trialsOf({ policies, parameters: { every }, scenarios, seeds }, content).count)
})

test("another scenario under the same name, or other code, makes another key", () => {
  const key = (content: string, versions: string) => trialsOf(plan(), () => content, versions).key(5)
  expect(key("a", "1")).toBe(key("a", "1"))
  expect(new Set([key("a", "1"), key("b", "1"), key("a", "2")]).size).toBe(3)
})

test("a plan of a milliard trials is counted and addressed, not written down", () => {
  const { count, trial } = trialsOf(plan({ seeds: "100000000" }))
  expect(count).toBe(1_400_000_000)
  expect(trial(count - 1)).toMatchObject({ scenario: "two.yaml", seed: 100_000_000 })
})

test.each([
  [
    { policies: "['periodic:$every', periodc]", parameters: "{ every: [2] }" },
    'line 1, "policies.1": There is no policy "periodc"'
  ],
  [{ policies: "['periodic:$often']" }, 'line 1, "policies.0": there is no parameter "often"'],
  [
    { parameters: "{ every: [0], detector: [none] }" },
    'line 1, "policies.1": periodic: every: expected a value greater'
  ],
  [{ parameters: "{ every: [2], detector: [none], more: [1] }" }, 'line 2, "parameters.more": no policy says $more'],
  [{ policies: "['periodic:$seed']", parameters: "{ seed: [2] }" }, "the table has a column of that name"],
  [{ parameters: "{ every: [], detector: [none] }" }, 'line 2, "parameters.every"'],
  [{ seeds: "0" }, 'line 5, "seeds"'],
  [{ seeds: "[1, 2, 1]" }, 'line 5, "seeds.2": 1 is there twice'],
  [{ devices: "[orin-mini]" }, 'line 4, "devices.0": There is no device "orin-mini"'],
  [{ scenarios: "[a.yaml, a.yaml]" }, 'line 3, "scenarios.1": a.yaml is there twice'],
  [{ rounds: "[hot]" }, 'line 6, "rounds.0"'],
  [{ sedes: "3" }, '"sedes"'],
  [{ seeds: "}" }, "line 5: this is not YAML"]
] as const)("%j is answered in one sentence", (changes, reason) => {
  const read = Plan.parse(text(changes), "plan.yaml")
  expect(Result.isFailure(read)).toBe(true)
  const message = Result.isFailure(read) ? read.failure : ""
  expect(message).toContain("plan.yaml, line")
  expect(message).toContain(reason)
  expect(message.split("\n")).toHaveLength(1)
})

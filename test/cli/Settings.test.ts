/** What a name stands for, and worlds that cannot be. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Settings from "@edgeol/cli/Settings"
import * as Subject from "@edgeol/cli/Subject"
import { Console, Effect, Option, Result } from "effect"
import { expect, test } from "vitest"
import * as Ideas from "../deploy/policies/ideas.ts"
import * as Edgeol from "./Edgeol.ts"

const scenario = (device: string, stream = "stream: patterns/nic@1\n") =>
  `name: short\nversion: 1\n${stream}schedule: [{ scene: 1, duration: 10 }]\n` +
  `batches: { count: 1, samples: 1 }\nrequests: { count: 1 }\n${device}\n`

const write = (text: string) => {
  const path = join(Edgeol.folder(), "short.yaml")
  writeFileSync(path, text)
  return path
}

const settings = {
  data: "",
  rounds: "warm",
  clock: "modelled",
  device: Option.none(),
  threads: Option.some(1)
} as const

const worldOf = async (stream: string, more: Partial<Settings.Settings> = {}) => {
  const said: Array<string> = []
  const console = { ...globalThis.console, error: (text: string) => said.push(text) }
  const world = Settings.world({ ...settings, ...more, stream })
  const result = await Effect.runPromise(Effect.result(Effect.provideService(world, Console.Console, console)))
  return { said, result }
}

test("a .yaml file is an experiment or a scenario by its fields, as a name is", async () => {
  const folder = Edgeol.folder()
  const names = [Edgeol.tiny(folder), "patterns/nic", write(scenario("")), "robot"]
  const subjects = await Promise.all(names.map((name) => Effect.runPromise(Subject.load(name))))
  expect(subjects.map(({ _tag: tag }) => tag)).toEqual(["Experiment", "Experiment", "Scenario", "Scenario"])
})

test("a scenario names the device, unless another is asked for", async () => {
  const path = write(scenario("device: { name: orin-nano@7W, battery: { capacity: 5 Wh } }"))
  const [own, other] = [await worldOf(path), await worldOf(path, { device: Option.some("nano@MAXN") })]
  expect(Result.getOrThrow(own.result)).toMatchObject({ name: "patterns/nic@1", power: { name: "orin-nano@7W" } })
  expect(Result.getOrThrow(other.result)).toMatchObject({ power: { name: "nano@MAXN" }, scenario: { source: path } })
  expect([own.said, other.said]).toEqual([[], []])
})

test("on a clock that is not modelled, it is said that the device's state is left out", async () => {
  const path = write(scenario("device: { name: orin-nano@7W, battery: { capacity: 5 Wh } }"))
  const { said, result } = await worldOf(path, { clock: "real" })
  expect(Result.isSuccess(result)).toBe(true)
  expect(said).toEqual([
    expect.stringMatching(/^On this clock .*short\.yaml .*battery.*; edgeol emulate follows it\.$/)
  ])
  expect((await worldOf("day", { clock: "real" })).said).toEqual([])
})

test.each([
  [scenario("devices: [{ name: orin-nano, count: 2 }]"), {}, /"devices": only edgeol simulate runs several; give one/],
  [scenario("", ""), {}, /short\.yaml, "stream": name the stream that is learnt\.$/],
  [scenario("device: { name: toaster }"), {}, /"device\.name": There is no device "toaster"; there are .*orin-nano/],
  [
    scenario("device: { name: orin-nano, modes: [{ at: 1, mode: 900W }] }"),
    {},
    /"device\.modes\.0\.mode": orin-nano has no power mode "900W"; there are .*7W\.$/
  ],
  [
    scenario("device: { name: orin-nano, modes: [{ at: 1, mode: 7W }] }"),
    { device: Option.some("nano@MAXN") },
    /^nano has no power mode "7W"; there are MAXN/
  ],
  [scenario("").replace("scene: 1", "scene: one"), {}, /short\.yaml, line 4, "schedule\.0\.scene": /]
])("refuses %j %j in a sentence", async (text, more, sentence) => {
  const { result } = await worldOf(write(text), more)
  expect(Result.isFailure(result) ? result.failure.message : "").toMatch(sentence)
})

test("a policy from a file is known by what was typed, beside those that have a name", async () => {
  const ideas = fileURLToPath(import.meta.resolve("../deploy/policies/ideas.ts"))
  const policies = await Effect.runPromise(Settings.policies(`immediate,${ideas}#sorry,${ideas},edgeol:detector=none`))
  expect(policies.map(({ name }) => name)).toEqual(["immediate", `${ideas}#sorry`, ideas, "edgeol:detector=none"])
  expect(policies[1]!.config).toEqual(Ideas.sorry.config)
  const gone = await Effect.runPromise(Effect.flip(Settings.policy("./gone.ts#sorry")))
  expect(gone.message).toBe("Cannot read the policy in ./gone.ts: there is no such file; check the path.")
})

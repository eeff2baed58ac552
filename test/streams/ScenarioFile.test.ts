import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Scenario from "@edgeol/sim/Scenario"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"

const load = (name: string) => Effect.runPromise(Effect.result(ScenarioFile.load(name)))
const messageOf = (result: Result.Result<unknown, { readonly message: string }>) =>
  Result.isFailure(result) ? result.failure.message : "no error"

const text = `
name: a
version: 1
schedule: [{ scene: 1, duration: 10 }]
requests: { process: { kind: trace, file: times.csv, repeat: true } }
`

const write = (times: string | undefined, scenario = text) => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-"))
  if (times !== undefined) writeFileSync(join(folder, "times.csv"), times)
  writeFileSync(join(folder, "a.yaml"), scenario)
  return join(folder, "a.yaml")
}

describe("load", () => {
  test.each(ScenarioFile.names())("reads %s, which brings batches and requests", async (name) => {
    const { scenario, traces } = Result.getOrThrow(await load(name))
    expect(scenario.name).toBe(name)
    const timeline = Scenario.timeline(scenario, 1, traces)
    const kinds = [0, 0, 0]
    while (timeline.next()) kinds[timeline.kind]! += 1
    expect(Math.min(...kinds)).toBeGreaterThanOrEqual(4)
  })

  test("reads the traces beside a scenario", async () => {
    const { scenario, traces } = Result.getOrThrow(await load(write("time\n3\n4\n6\n")))
    const timeline = Scenario.timeline(scenario, 1, traces)
    const at: Array<number> = []
    while (timeline.next()) at.push(timeline.at)
    expect(at).toEqual([0, 0, 1, 3, 4.5, 5.5, 7.5, 9])
  })

  test.each([
    [
      "an unknown name",
      "robots",
      /^There is no scenario called "robots"; name one of bursty, camera, .*robot, or the path of/
    ],
    [
      "a missing file",
      "no/robot.yaml",
      /^The scenario no\/robot\.yaml cannot be read \(no such file or directory\); check the path\.$/
    ],
    ["a missing trace", write(undefined), /^The trace .*times\.csv cannot be read \(no such file or directory\)/],
    ["a trace out of order", write("2\n1\n"), /times\.csv, line 2: is earlier than the line before it/],
    ["a trace that takes no time", write("1\n1\n"), /a\.yaml, "requests\.process\.repeat": .*too close together/],
    ["a contradiction", write("1\n", text.replace("10", "0")), /a\.yaml, line 4, "schedule\.0\.duration": /]
  ])("refuses %s in one sentence", async (_, name, expected) => {
    expect(messageOf(await load(name))).toMatch(expected)
  })
})

import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as DeviceFile from "@edgeol/cli/DeviceFile"
import * as Subject from "@edgeol/cli/Subject"
import * as Device from "@edgeol/sim/Device"
import * as Equipment from "@edgeol/sim/Equipment"
import * as Profile from "@edgeol/sim/cost/Profile"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import * as Edgeol from "./Edgeol.ts"

const plain = Device.load("orin-nano@15W")

const factor = (value: number) => ({ factor: value, low: 0.8 * value, high: 1.25 * value, count: 40 })

const board: Device.Board = {
  ...plain.board,
  corrections: {
    seconds: { forward: factor(2), save: factor(0.5) },
    watts: { forward: factor(1.5) },
    mode: "15W",
    workload: "convnet",
    file: { path: "tape.ndjson", sha256: "0".repeat(64) },
    versions: {},
    note: "made for this test"
  }
}

const file = (text: string) => {
  const path = join(Edgeol.folder(), "profile.json")
  writeFileSync(path, text)
  return path
}

const refused = (name: string) => {
  const result = Result.try(() => DeviceFile.known(name))
  return Result.isFailure(result) ? (result.failure as Error).message : "nothing wrong"
}

describe("a device from a file", () => {
  test("is the device that was written, in any of its modes", () => {
    const path = file(DeviceFile.print(board))
    const name = DeviceFile.known(path)
    expect(name).toMatch(/profile\.json#[\da-f]{8}@15W$/)
    expect(Device.load(name)).toMatchObject({ board, mode: plain.mode })
    expect(Device.load(DeviceFile.known(`${path}@7W`)).mode).toEqual(board.modes["7W"])
    expect(DeviceFile.known(name)).toBe(name)
  })

  test("has the seconds, watts and doubts of its corrections", () => {
    const own = Device.load(DeviceFile.known(file(DeviceFile.print(board))))
    const [was, is] = [Device.power(plain).watts, Device.power(own).watts]
    expect(is.forward).toBeCloseTo(1.5 * was.forward, 9)
    expect(is.backward).toBe(was.backward)
    expect(Device.spread(own).seconds).toMatchObject({
      forward: expect.closeTo(0.25),
      backward: 1,
      save: expect.closeTo(0.25)
    })
  })

  test("is there by its path wherever a scenario names a device, from the folder of the scenario", () => {
    const path = file(DeviceFile.print(board))
    const scenario = path.replace("profile.json", "day.yaml")
    const day = readFileSync(join(import.meta.dirname, "../../packages/sim/scenarios/day.yaml"), "utf8")
    const [before, after] = [/^device:.*(\n .*)*/m, "device: { name: ./profile.json@7W }"]
    writeFileSync(scenario, before.test(day) ? day.replace(before, after) : `${day}\n${after}\n`)
    const subject = Effect.runSync(Subject.load(scenario) as Effect.Effect<Subject.Subject>)
    if (subject._tag !== "Scenario") throw new Error("it is a scenario")
    const name = Equipment.nameOf(subject.scenario)
    expect(name).toMatch(/profile\.json#[\da-f]{8}@7W$/)
    expect(Equipment.problem(subject.scenario)).toBeUndefined()
    expect(PowerModel.load(name).watts.forward).toBeGreaterThan(0)
  })

  test("any other name stays as it is", () => {
    expect(DeviceFile.known("orin-nano@7W")).toBe("orin-nano@7W")
    expect(DeviceFile.known("toaster")).toBe("toaster")
  })
})

const profiles = join(import.meta.dirname, "../../packages/sim/profiles")

describe("a board's profile of a workload that others measured", () => {
  const busy = readdirSync(profiles).filter((name) => name.endsWith(".json") && !name.includes("lenet-5"))

  test.each(busy)("makes its rates alone: %s", (name) => {
    const own = Device.load(DeviceFile.known(join(profiles, name)))
    const shipped = Device.load(own.board.name)
    expect(own.mode).toEqual(shipped.mode)
    expect(own.board.from).toEqual([JSON.parse(readFileSync(join(profiles, name), "utf8")).name])
    // Rates of the boards that ship are of all workloads together, which differ by so much (`Device.ts`).
    const ratio = Device.time(own, Device.measured) / Device.time(shipped, Device.measured)
    expect(ratio).toBeGreaterThan(1 / 2.5)
    expect(ratio).toBeLessThan(2.5)
    for (const watts of Object.values(Device.power(own).watts)) expect(watts).toBeGreaterThan(0)
  })

  test("is the device that ships where that is from this profile alone", () => {
    const own = Device.load(DeviceFile.known(join(profiles, "orin-nano-resnet-18.json")))
    expect(Device.time(own, Device.measured)).toBeCloseTo(Device.time(plain, Device.measured), 5)
    const { forward, idle } = Device.power(plain).watts
    expect(Device.power(own).watts.forward / forward).toBeCloseTo(1, 3)
    expect(Device.power(own).watts.idle).toBe(idle)
  })

  test("is refused where it tells nothing of bytes, or its bytes are not known", () => {
    expect(refused(join(profiles, "nano-lenet-5.json"))).toMatch(
      /nano-lenet-5\.json, "workload": lenet-5 waits for its kernel calls alone, .*; name the profile of another workload, or the device nano\.$/
    )
    const resnet = join(profiles, "orin-nano-resnet-18.json")
    const profile = Profile.parse(resnet, readFileSync(resnet, "utf8"))
    const unknown = file(Profile.print({ ...profile, body: { ...profile.body, workload: "alexnet" } }))
    expect(refused(unknown)).toMatch(
      /"workload": what "alexnet" asks of a board is not known; there are resnet8, .*lenet-5/
    )
  })
})

describe("a file that is no device is refused in a sentence that names the field", () => {
  test.each([
    ["it is no JSON", "{", /profile\.json: it is not a JSON object/],
    ["it is a list", "[]", /profile\.json: it is not a JSON object/],
    [
      "a field lacks",
      JSON.stringify({ ...board, work: { gpu: 1, mem: 1, fixed: 1 } }),
      /profile\.json, "work\.q": missing key/
    ],
    [
      "a field is another",
      JSON.stringify({ ...board, idle: { ...board.idle, base: "much" } }),
      /profile\.json, "idle\.base": expected/
    ],
    ["its mode is unknown", JSON.stringify({ ...board, default: "9W" }), /, "default": there is no power mode "9W"/],
    [
      "it was edited",
      DeviceFile.print(board).replace('"factor": 2', '"factor": 3'),
      /, "hash": its content is another one/
    ]
  ])("%s", (_, text, sentence) => {
    const message = refused(file(text))
    expect(message).toMatch(sentence)
    expect(message.split("\n")).toHaveLength(1)
  })

  test("it is not there", () => {
    expect(refused("/nowhere/profile.json")).toMatch(
      /^Cannot read \/nowhere\/profile\.json: no such file.*; name a device/
    )
  })

  test("as a mode that it has not, or another file than the run began with", () => {
    const path = file(DeviceFile.print(board))
    expect(refused(`${path}@9W`)).toMatch(/profile\.json has no power mode "9W"; there are 15W, 7W/)
    expect(refused(`${path}#01234567@15W`)).toMatch(/is not the file that the run began with; restore it/)
  })

  test("the costs of a computer, whose watts nobody knows", () => {
    const host = join(import.meta.dirname, "../../packages/sim/profiles/host/resnet8.json")
    expect(refused(host)).toMatch(/resnet8\.json, "name": host is no board with known watts; there are orin-nano, /)
  })
})

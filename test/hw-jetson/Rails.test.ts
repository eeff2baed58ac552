import * as Board from "@edgeol/hw-jetson/Board"
import * as Capability from "@edgeol/hw-jetson/Capability"
import * as Rails from "@edgeol/hw-jetson/Rails"
import { fromCode, RailError } from "@edgeol/hw-jetson/RailError"
import * as fc from "fast-check"
import { rmSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import type { Driver, Tree } from "../fakes/JetsonTree.ts"
import * as JetsonTree from "../fakes/JetsonTree.ts"

const trees: Array<Tree> = []
const build = (id: Board.BoardId, driver: Driver): Tree => {
  const tree = JetsonTree.build(id, driver)
  trees.push(tree)
  return tree
}
afterAll(() => trees.forEach((tree) => tree.remove()))

const cases = Board.boards.flatMap((board) => [[board.id, "iio"] as const, [board.id, "hwmon"] as const])

const filesOf = (tree: Tree, rail: string): ReadonlyArray<string> =>
  Rails.discover(tree.root).channels.find((channel) => channel.rail === rail)?.files ?? []

describe.each(cases)("%s with %s", (id, driver) => {
  it("is identified, and each rail is read once", () => {
    const tree = build(id, driver)
    const found = Rails.discover(tree.root)
    assert.strictEqual(found.board?.id, id)
    assert.deepStrictEqual([...found.total], [...tree.board.total])
    const labels = [
      ...Object.values(tree.board.sensors).flat(),
      ...(tree.board.kit === undefined ? [] : [tree.board.kit])
    ]
    assert.sameMembers(
      found.channels.map((channel) => channel.rail),
      labels.filter((label) => label !== "NC")
    )
    assert.deepStrictEqual(found.problems, [])
  })

  it("gives the watts that are set, also through descriptors that were open before", () => {
    const tree = build(id, driver)
    const { channels } = Rails.discover(tree.root)
    const reader = Rails.open(channels)
    const watts = Object.fromEntries(channels.map(({ rail }, i) => [rail, 0.5 + i]))
    tree.set(watts)
    const reading = reader.read()
    reader.close()
    channels.forEach(({ rail }, i) => assert.closeTo(reading.watts[i] ?? 0, watts[rail] ?? 0, 0.02))
    assert.isUndefined(reading.problem)
  })
})

describe("capability", () => {
  it("names what counts, its step and what is outside", () => {
    const capability = Capability.of(Rails.discover(build("agx-orin", "hwmon").root))
    assert.deepStrictEqual(
      capability.rails.map(({ rail, inTotal, step }) => [rail, inTotal, Math.round(step * 1000)]),
      [
        ["VDD_GPU_SOC", true, 400],
        ["VDD_CPU_CV", true, 400],
        ["VIN_SYS_5V0", true, 40],
        ["VDDQ_VDD2_1V8AO", false, 40]
      ]
    )
    assert.include(capability.outside, "carrier")
    assert.isAtMost(capability.hertz, 20)
  })

  it("of the older driver comes from the table", () => {
    const { step, rails } = Capability.of(Rails.discover(build("nano", "iio").root))
    assert.strictEqual(step, 0.04)
    assert.deepStrictEqual(
      rails.map((rail) => rail.domain),
      ["input", "gpu", "cpu"]
    )
  })
})

describe("board", () => {
  it.each([
    [["NVIDIA Orin Jetson-Small Developer Kit"], "agx-orin"],
    [["nvidia,p3768-0000+p3767-0001", "NVIDIA Jetson"], "orin-nx"],
    [["NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super"], "orin-nano"],
    [["NVIDIA Jetson TX2 NX Developer Kit"], "tx2-nx"],
    [["quill"], "tx2"],
    [["NVIDIA Jetson Xavier NX Developer Kit"], "xavier-nx"]
  ])("%j is %s", (texts, id) => assert.strictEqual(Board.recognise(texts)?.id, id))

  it("is none on another computer", () => {
    assert.isUndefined(Board.recognise(["Raspberry Pi 5 Model B Rev 1.0", "raspberrypi,5-model-b"]))
    assert.deepStrictEqual(Rails.discover("/nowhere"), { board: undefined, channels: [], problems: [], total: [] })
  })
})

describe("bad contents", () => {
  it("a missing label leaves its channel out and says where", () => {
    const tree = build("orin-nano", "hwmon")
    const label = join(dirname(filesOf(tree, "VDD_SOC")[0] ?? ""), "in3_label")
    rmSync(label)
    const found = Rails.discover(tree.root)
    assert.deepStrictEqual(
      found.channels.map((channel) => channel.rail),
      ["VDD_IN", "VDD_CPU_GPU_CV"]
    )
    assert.deepStrictEqual(
      found.problems.map(({ reason, file }) => [reason, file]),
      [["NoLabel", label]]
    )
  })

  it("a channel that is switched off is no problem", () => {
    const tree = build("orin-nano", "hwmon")
    writeFileSync(join(dirname(filesOf(tree, "VDD_SOC")[0] ?? ""), "in3_enable"), "0\n")
    assert.strictEqual(Rails.discover(tree.root).channels.length, 2)
    assert.deepStrictEqual(Rails.discover(tree.root).problems, [])
  })

  it.each(["", "abc", "99999999999999999999", "5000000000", "1e3", "0x10", "5 6", "NC"])(
    "%j is no reading",
    (contents) => {
      const tree = build("orin-nano", "hwmon")
      const [volts = ""] = filesOf(tree, "VDD_IN")
      const reader = Rails.open(Rails.discover(tree.root).channels)
      writeFileSync(volts, contents)
      const { watts, problem } = reader.read()
      reader.close()
      assert.isNaN(watts[0])
      assert.isTrue(Number.isFinite(watts[1]))
      assert.deepStrictEqual([problem?.reason, problem?.file], ["NotANumber", volts])
    }
  )

  it("any contents are a number or a problem with the file's name", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.integer().map(String)), (contents) => {
        const value = Rails.parse(contents, "/sys/x")
        assert.isTrue(typeof value === "number" ? Number.isFinite(value) : value.message.includes("/sys/x"))
      }),
      { numRuns: 2000 }
    )
  })

  it("a device that vanishes gives no number", () => {
    const tree = build("orin-nano", "hwmon")
    const [volts = ""] = filesOf(tree, "VDD_IN")
    const reader = Rails.open(Rails.discover(tree.root).channels)
    truncateSync(volts)
    const { watts, problem } = reader.read()
    assert.isNaN(watts[0])
    assert.strictEqual(problem?.reason, "NotANumber")
    reader.close()
    assert.strictEqual(reader.read().problem?.reason, "Vanished")
  })

  it("what root is needed for says so", () => {
    const { reason, message } = fromCode("EACCES", "/sys/x")
    assert.deepStrictEqual(
      [reason, message],
      ["Denied", "/sys/x may not be read: run as root, or allow it to this user."]
    )
  })

  it("a file that is gone is named", () => {
    const tree = build("orin-nano", "hwmon")
    const channels = Rails.discover(tree.root).channels
    rmSync(channels[1]?.files[1] ?? "")
    assert.throws(() => Rails.open(channels), RailError, /curr2_input/)
  })
})

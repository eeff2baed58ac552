import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Modes from "@edgeol/cli/commands/Modes"
import { describe, expect, onTestFinished, test } from "vitest"
import * as JetsonTree from "../fakes/JetsonTree.ts"
import * as Edgeol from "./Edgeol.ts"
import * as InProcess from "./InProcess.ts"

const modes = (...flags: ReadonlyArray<string>) => InProcess.run(Modes.command, ...flags)

const board = () => {
  const tree = JetsonTree.build("orin-nano", "hwmon")
  onTestFinished(tree.remove)
  JetsonTree.nvpmodel(tree)
  return tree.root
}

describe("edgeol modes", () => {
  test("lists the modes, sets one by its name, and marks it", async () => {
    const root = board()
    const set = await modes("set", "7W", "--root", root, "--json")
    expect(set).toMatchObject({ error: undefined, stderr: "" })
    expect(JSON.parse(set.stdout)).toEqual({ current: "7W", before: "15W" })
    const list = await modes("--root", root)
    expect(list).toMatchObject({ error: undefined, stderr: "" })
    expect(list.stdout.split("\n")).toEqual([
      "   mode        id  cores       CPU       GPU       EMC",
      "   15W          0      2  1510 MHz   625 MHz  2133 MHz  default",
      "*  7W           1      1   960 MHz   408 MHz  2133 MHz",
      "   MAXN_SUPER   2      2  no limit  no limit  no limit",
      ""
    ])
  })

  test("says in a sentence why a mode is not set", async () => {
    const root = board()
    const refused = async (name: string) => (await modes("set", name, "--root", root)).error
    expect(await refused("MAXN_SUPER")).toMatch(/^This mode .* reboot .*\.$/)
    expect(await refused("9W")).toMatch(/"9W" .* it has 15W, 7W, MAXN_SUPER\.$/)
    writeFileSync(join(root, "readonly"), "")
    expect(await refused("7W")).toMatch(/^Setting .* root: .* sudo\.$/)
    expect(JSON.parse((await modes("--json", "--root", root)).stdout).current).toBe("15W")
  })

  test("restores the mode that a killed run had changed, once", async () => {
    const root = board()
    const state = join(root, "var/tmp/edgeol/power-mode.json")
    mkdirSync(dirname(state), { recursive: true })
    writeFileSync(state, JSON.stringify({ restore: "15W" }))
    await modes("set", "7W", "--root", root)
    const first = await modes("recover", "--root", root, "--json")
    expect(first.error).toBeUndefined()
    expect(JSON.parse(first.stdout)).toEqual({ current: "15W", restored: "15W" })
    const again = await modes("recover", "--root", root)
    expect(again.stdout).toMatch(/^Nothing to restore: the mode is 15W/)
  })

  test("lists what it can where nvpmodel is missing", async () => {
    const tree = JetsonTree.build("agx-orin", "hwmon")
    onTestFinished(tree.remove)
    const json = await modes("--root", tree.root, "--json")
    expect(JSON.parse(json.stdout)).toMatchObject({
      current: null,
      unknown: expect.stringContaining("nvpmodel is not installed"),
      modes: [{ name: "15W" }, { name: "7W" }, { name: "MAXN_SUPER" }]
    })
    const text = await modes("--root", tree.root)
    expect(text.stdout).not.toContain("*")
    expect(text.stderr).toMatch(/^The current mode is not known: nvpmodel is not installed/)
  })

  test("names the damaged lines of the configuration", async () => {
    const root = board()
    const file = JetsonTree.put(root, "etc/nvpmodel.conf", "< POWER_MODEL ID=0 NAME=15W >\nnonsense\n")
    expect(await modes("--root", root)).toMatchObject({ stderr: expect.stringContaining(`${file}:2: expected`) })
    JetsonTree.put(root, "etc/nvpmodel.conf", "nonsense\n")
    expect((await modes("--root", root)).error).toMatch(/nvpmodel\.conf:1: .*; restore the file/)
  })

  test("is one sentence without a board", async () => {
    const root = Edgeol.folder()
    expect(await Edgeol.run("modes", "--root", root)).toEqual({
      code: 1,
      stdout: "",
      stderr: `No power modes under ${root}: etc/nvpmodel.conf is not there; run on a Jetson, or give --root DIR.\n`
    })
  })
})

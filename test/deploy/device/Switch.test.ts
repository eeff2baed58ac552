import { mkdtempSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Places from "@edgeol/deploy/device/Places"
import * as Switch from "@edgeol/deploy/device/Switch"
import { expect, test } from "vitest"

const device = () => mkdtempSync(join(tmpdir(), "device-"))
const links = (root: string) => [
  Places.linked(root, "current"),
  Places.linked(root, "previous"),
  Places.isPending(root)
]

test("a release that nobody judged steps back, once", () => {
  const root = device()
  Places.link(root, "current", "old")
  Places.link(root, "pending", Places.linked(root, "current"))
  Places.link(root, "current", "new")
  expect(links(root)).toEqual(["new", undefined, true])
  expect(Switch.recover(root)).toBe(true)
  expect(links(root)).toEqual(["old", undefined, false])
  expect(Switch.recover(root)).toBe(false)
})

test("the first release steps back to nothing", () => {
  const root = device()
  Places.link(root, "pending", undefined)
  Places.link(root, "current", "new")
  expect(Switch.recover(root)).toBe(true)
  expect(links(root)).toEqual([undefined, undefined, false])
  expect(readdirSync(root)).toEqual([])
})

test("what a killed change left behind is in nobody's way", () => {
  const root = device()
  Places.link(root, "current", "old")
  symlinkSync("releases/half", join(root, ".current.new"))
  Places.link(root, "current", "new")
  expect(readlinkSync(join(root, "current"))).toBe(join("releases", "new"))
})

test("a file is replaced whole", () => {
  const root = device()
  mkdirSync(join(root, "keys"))
  Places.write(join(root, "keys/a"), "one")
  Places.write(join(root, "keys/a"), "two")
  expect(readdirSync(join(root, "keys"))).toEqual(["a"])
})

import { readFileSync } from "node:fs"
import * as Policies from "@edgeol/core/Policies"
import { describe, expect, test } from "vitest"
import * as Arm64 from "../fakes/Arm64.ts"
import * as Decisions from "../golden/Decisions.ts"

const frozen = JSON.parse(
  readFileSync(new URL("../golden/decisions.json", import.meta.url), "utf8")
) as Decisions.Decisions

const remedy = "if that is meant, run: node test/golden/Decisions.ts --write"

test("every policy decides as it did when its decisions were frozen", () => {
  expect(Object.keys(frozen), remedy).toEqual(Object.keys(Policies.all))
  expect(Decisions.all(), remedy).toEqual(frozen)
})

test("the histories are such that no two policies decide alike on them", () => {
  expect(new Set(Object.values(frozen)).size).toBe(Object.keys(frozen).length)
})

const machine = Arm64.find()

describe.skipIf(typeof machine === "string")(
  `on an emulated arm64${typeof machine === "string" ? `: skipped, ${machine}` : ""}`,
  () => {
    test("every policy decides as on this machine", () => {
      if (typeof machine === "string") return
      expect(machine.run("-p", "process.arch")).toBe("arm64\n")
      expect(JSON.parse(machine.run("test/golden/Decisions.ts"))).toEqual(frozen)
    }, 600_000)
  }
)

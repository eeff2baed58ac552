import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Log from "@edgeol/agent/Log"
import { expect, onTestFinished, test, vi } from "vitest"
import * as Toy from "./Toy.ts"

test("what is said stays within its files, the newest in agent.log", () => {
  const folder = Toy.folder()
  onTestFinished(() => Toy.remove(folder))
  vi.spyOn(process.stderr, "write").mockReturnValue(true)
  onTestFinished(() => void vi.restoreAllMocks())
  const log = Log.open(folder, () => new Date(0), { bytes: 200, files: 2 })
  for (let i = 0; i < 100; i++) log(`line ${i}`)
  expect(readdirSync(folder).toSorted()).toEqual(["agent.log", "agent.log.1", "agent.log.2"])
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(250)
  expect(readFileSync(join(folder, "agent.log"), "utf8")).toMatch(/1970-01-01T00:00:00.000Z line 99\n$/)
})

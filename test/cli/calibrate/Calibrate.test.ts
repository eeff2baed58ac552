import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"

const tiny = ["--model", "convnet", "--batches", "1,4", "--threads", "1"]

test("times steps on this computer, is killed, goes on, and ends in a profile", async () => {
  const out = join(Edgeol.folder(), "c")
  const timings = join(out, "timings.jsonl")
  const first = Edgeol.start("calibrate", ...tiny, "--minutes", "5", "--out", out)
  const killed = Edgeol.ended(first)
  const lines = () => (existsSync(timings) ? readFileSync(timings, "utf8").split("\n").length - 1 : 0)
  while (lines() < 4 && first.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
  process.kill(-first.pid!, "SIGKILL")
  await killed
  const before = lines()
  const { code, stdout, stderr } = await Edgeol.run("calibrate", ...tiny, "--minutes", "0.001", "--out", out, "--json")
  expect(stderr).toBe("No Jetson found: steps are timed on this computer.\n")
  expect(code).toBe(0)
  expect(lines()).toBeGreaterThanOrEqual(Math.max(before, 1 + 8))
  const said = JSON.parse(stdout)
  expect(said).toMatchObject({ name: "host/convnet", range: { batch: [1, 4], depth: [0, 3], threads: [1, 1] } })
  expect(said.heldOut.cells).toBe(8)
  const { body, cost } = LayerProfile.parse(said.profile, readFileSync(said.profile, "utf8"))
  const prediction = LayerCost.predict(cost, body.network, { batch: 2, depth: 1, threads: 1 })
  expect(prediction.outside).toEqual([])
  expect(prediction.value).toBeGreaterThan(1e-4)
  expect(prediction.value).toBeLessThan(10)
}, 120_000)

test("says in a sentence what cannot be timed", async () => {
  const refused = async (...flags: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await Edgeol.run("calibrate", "--out", Edgeol.folder(), ...flags)
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toMatch(/^[^\n]+\.\n$/)
    return stderr
  }
  expect(await refused("--modes", "3")).toMatch(/no Jetson .* leave out --modes/)
  expect(await refused("--minutes", "0")).toMatch(/--minutes must be above 0/)
  expect(await refused("--batches", "1,x")).toMatch(/--batches must be whole numbers .*, not 1,x\.$/m)
  expect(await refused("--threads", "0")).toMatch(/--threads/)
}, 60_000)

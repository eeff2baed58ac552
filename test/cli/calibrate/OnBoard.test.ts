import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as DeviceFile from "@edgeol/cli/DeviceFile"
import * as Subject from "@edgeol/cli/calibrate/Subject"
import * as Timings from "@edgeol/cli/calibrate/Timings"
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Device from "@edgeol/sim/Device"
import * as Profile from "@edgeol/sim/cost/Profile"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { expect, onTestFinished, test } from "vitest"
import * as JetsonTree from "../../fakes/JetsonTree.ts"
import * as Edgeol from "../Edgeol.ts"

const board = () => {
  const tree = JetsonTree.build("orin-nano", "hwmon", 5)
  onTestFinished(tree.remove)
  JetsonTree.nvpmodel(tree)
  return tree.root
}

const flags = (root: string, out: string) => [
  "calibrate",
  ...Object.entries({ root, out, model: "convnet", batches: "1,4", minutes: "0.15", modes: "3" }).flatMap(
    ([name, value]) => [`--${name}`, value]
  )
]
const status = (root: string) => readFileSync(join(root, "var/lib/nvpmodel/status"), "utf8")

test("profiles the modes of a board, is killed, goes on, and leaves the mode as it was", async () => {
  const [root, out] = [board(), join(Edgeol.folder(), "c")]
  const file = join(out, "timings.jsonl")
  const first = Edgeol.start(...flags(root, out))
  const killed = Edgeol.ended(first)
  const isIn = (mode: string) => existsSync(file) && readFileSync(file, "utf8").includes(`"mode":"${mode}"`)
  while (!isIn("7W") && first.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
  process.kill(-first.pid!, "SIGKILL")
  await killed
  expect(status(root)).toBe("pmode:0001\n")
  const { code, stdout, stderr } = await Edgeol.run(...flags(root, out), "--json")
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^MAXN_SUPER is left out\. .*reboot.*\.\n$/)
  expect(status(root)).toBe("pmode:0000\n")
  const said = JSON.parse(stdout)
  expect(said.modes.map(({ name }: { name: string }) => name)).toEqual(["15W", "7W"])
  expect(said.step).toEqual({ batch: 4, depth: 0 })
  for (const { power, idle, joules, error, time } of said.modes) {
    expect(power).toBeCloseTo(5, 1) // VDD_IN alone, not the sum of all rails
    expect(idle).toBeCloseTo(5, 1)
    expect(joules).toBeCloseTo(power * time, 9)
    expect(error).toBeGreaterThan(0)
  }
  const { visits } = Timings.parse(file, readFileSync(file, "utf8"))!
  for (const mode of ["15W", "7W"]) {
    const phases = visits.filter((visit) => visit.board!.mode === mode).map((visit) => visit.board!.phase)
    expect([phases[0], phases.at(-1), new Set(phases).size]).toEqual(["warm-up", "cool-down", 3])
  }
  const over = Profile.parse("profile.json", readFileSync(join(out, "profile.json"), "utf8"))
  expect(over.body.modes.map(({ cores }) => cores)).toEqual([2, 1])
  const answer = Profile.predict(over, { cores: 2, cpu: 1_510_400_000, gpu: 624_750_000, mem: 2_133_000_000 })
  expect(answer.outside).toEqual([])
  expect(answer.power.value).toBeGreaterThan(3)
  const layers = LayerProfile.parse("layers", readFileSync(join(out, "layers-7W.json"), "utf8"))
  expect(layers.body.name).toBe("orin-nano/convnet@7W")
  // Either is a device; its step is the one that was timed, of 4 samples, and draws the sensor's 5 W.
  const device = Device.load(DeviceFile.known(`${join(out, "profile.json")}@7W`))
  expect(device.mode).toEqual(Device.load("orin-nano@7W").mode)
  expect(device.board.corrections).toMatchObject({ mode: "7W", workload: "convnet", file: { path: "profile.json" } })
  const network = Graph.of(Models.make(Subject.configs.convnet), Subject.rates)
  const step = CostModel.step(Device.costs(device, network, 4), 4, [false])
  const seconds = step.reduce((sum, one) => sum + one.seconds, 0)
  const watts = Device.power(device, network, 4).watts
  expect(seconds).toBeCloseTo(Profile.predict(over, device.mode).time.value, 6)
  expect(step.reduce((sum, one) => sum + one.seconds * watts[one.activity], 0) / seconds).toBeCloseTo(5, 0)
  const layered = Device.load(DeviceFile.known(join(out, "layers-7W.json")))
  expect(Object.keys(layered.board.corrections!.seconds)).toContain("backward")
  expect(layered.mode).toEqual(device.mode)
}, 240_000)

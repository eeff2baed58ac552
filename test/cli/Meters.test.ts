import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Meters from "@edgeol/cli/Meters"
import * as Ledger from "@edgeol/core/Ledger"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect } from "effect"
import { describe, expect, onTestFinished, test } from "vitest"
import * as JetsonTree from "../fakes/JetsonTree.ts"
import * as Edgeol from "./Edgeol.ts"

const power = PowerModel.load("orin-nano@15W")
const modelled = { kind: "modelled", source: "orin-nano@15W" } as const
const orin = { kind: "measured", source: "Jetson Orin Nano, VDD_IN" } as const

const board = (id: "orin-nano" | "agx-orin") => {
  const tree = JetsonTree.build(id, "hwmon", 5)
  onTestFinished(tree.remove)
  return tree.root
}

const pc = () => {
  const root = Edgeol.folder()
  const zone = "sys/class/powercap/intel-rapl:0"
  JetsonTree.put(root, `${zone}/name`, "package-0\n")
  JetsonTree.put(root, `${zone}/max_energy_range_uj`, "262143328850\n")
  JetsonTree.put(root, `${zone}/energy_uj`, "1000000\n")
  return root
}

type Clock = "real" | "measured" | "modelled"

const chosen = (clock: Clock, root: string, had?: typeof modelled | typeof orin) =>
  Effect.runPromise(
    Effect.scoped(Effect.map(Meters.choose({ clock, power, root }, had), ({ kind, source }) => ({ kind, source })))
  )

describe("the meter of a run", () => {
  test("on the wall clock is the best there is", async () => {
    expect(await chosen("real", board("orin-nano"))).toEqual(orin)
    expect(await chosen("real", pc())).toEqual({ kind: "measured", source: "RAPL, package-0" })
    expect(await chosen("real", Edgeol.folder())).toEqual(modelled)
  })

  test("models what other clocks skip or model", async () => {
    for (const clock of ["measured", "modelled"] as const)
      expect(await chosen(clock, board("orin-nano"))).toEqual(modelled)
    const read = Meters.model({ clock: "modelled", power }).read({ forward: Ledger.cost("forward", 2).seconds })
    expect(await Effect.runPromise(read)).toBeCloseTo(2 * power.watts.forward, 10)
  })

  test("stays what it was when a run goes on, and anything else is refused in a sentence", async () => {
    const root = board("orin-nano")
    expect(await chosen("real", root, orin)).toEqual(orin)
    expect(await chosen("real", root, modelled)).toEqual(modelled)
    await expect(chosen("real", board("agx-orin"), orin)).rejects.toThrow(/measured with .*: here is Jetson AGX Orin/)
    await expect(chosen("real", Edgeol.folder(), orin)).rejects.toThrow(
      /goes on with that only: No Jetson power sensor/
    )
  })
})

test("a run on the wall clock says what measured it, and goes on with that alone", { timeout: 60_000 }, async () => {
  const out = join(Edgeol.folder(), "run")
  const root = board("orin-nano")
  const stream = Edgeol.tiny(Edgeol.folder(), {
    batches: "{ perScenario: 1, samples: 8, validation: 4, secondsBetween: 0.2, process: { kind: periodic } }"
  })
  const real = ["--stream", stream, "--policy", "immediate", "--clock", "real", "--threads", "1", "--out", out]
  const first = await Edgeol.run("run", ...real, "--root", root, "--json")
  expect(first).toMatchObject({ code: 0, stderr: "" })
  const { meter, joules, fineTuningSeconds, seconds } = JSON.parse(first.stdout)
  expect(meter).toEqual(orin)
  // Five watts on the rail, whatever is done. Asking the meter takes a moment too, which is booked as overhead.
  expect(joules).toBeGreaterThan(5 * fineTuningSeconds * 0.99)
  expect(joules).toBeLessThan(5 * (fineTuningSeconds + seconds.overhead) * 1.01)
  rmSync(join(out, "ended.json"))
  const elsewhere = await Edgeol.run("run", "--resume", "--out", out, "--root", Edgeol.folder())
  expect(elsewhere).toMatchObject({ code: 1, stdout: "" })
  expect(elsewhere.stderr).toMatch(
    /^This run was measured with Jetson Orin Nano, VDD_IN and goes on with that only: .*\n$/
  )
})

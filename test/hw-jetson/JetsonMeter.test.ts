import { EnergyMeter } from "@edgeol/core/EnergyMeter"
import * as Ledger from "@edgeol/core/Ledger"
import * as HostMeter from "@edgeol/hw-jetson/HostMeter"
import * as JetsonMeter from "@edgeol/hw-jetson/JetsonMeter"
import * as Rails from "@edgeol/hw-jetson/Rails"
import * as Replay from "@edgeol/hw-jetson/Replay"
import { Effect } from "effect"
import { renameSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import * as JetsonTree from "../fakes/JetsonTree.ts"
import { lines, logs } from "./recorded.ts"

const onTree = <A, E>(
  id: Parameters<typeof JetsonTree.build>[0],
  use: (tree: JetsonTree.Tree, meter: JetsonMeter.Meter) => Effect.Effect<A, E>,
  options: JetsonMeter.Options = { hertz: 50 }
): Promise<A> => {
  const tree = JetsonTree.build(id, "hwmon", 2)
  const program = Effect.scoped(
    Effect.flatMap(JetsonMeter.make({ root: tree.root, ...options }), (meter) => use(tree, meter))
  )
  return Effect.runPromise(program).finally(tree.remove)
}

const failure = <A>(effect: Effect.Effect<A, { readonly message: string; readonly reason: string }>) =>
  Effect.runPromise(Effect.flip(effect))

/** Keeps this thread busy, as a training step does. */
const block = (milliseconds: number) =>
  Effect.sync(() => {
    const end = performance.now() + milliseconds
    while (performance.now() < end);
  })

describe("a stretch of work", () => {
  it("is measured while it blocks its own thread", async () => {
    const energy = await onTree("orin-nano", (_, meter) => Effect.map(meter.measure(block(400)), (one) => one.energy))
    assert.isAtLeast(energy.seconds, 0.39)
    assert.closeTo(energy.joules, 2 * energy.seconds, 0.02 * energy.joules)
    assert.isAtLeast(energy.samples, 10)
    assert.isAtLeast(energy.error, 0.05 * energy.joules)
  })

  it("sums the rails of the board's total and follows their changes", async () => {
    const energy = await onTree("agx-orin", (tree, meter) =>
      Effect.map(
        meter.measure(
          Effect.gen(function* () {
            yield* Effect.sleep("200 millis")
            tree.set({ VDD_GPU_SOC: 10, VDDQ_VDD2_1V8AO: 99 })
            yield* Effect.sleep("200 millis")
          })
        ),
        (one) => one.energy
      )
    )
    // 3 rails of 2 W, then 14 W in all, half of the time each.
    assert.closeTo(energy.watts, 10, 1)
  })

  it("is the difference of two readings of the counter", async () => {
    const [difference, inside] = await onTree("xavier-nx", (_, meter) =>
      Effect.gen(function* () {
        const before = yield* meter.service.read(Ledger.empty)
        const { energy } = yield* meter.measure(Effect.sleep("150 millis"))
        return [(yield* meter.service.read(Ledger.empty)) - before, energy.joules] as const
      })
    )
    assert.closeTo(difference, inside, 0.1 * inside)
  })
})

describe("the meter", () => {
  it("is the EnergyMeter of a run, and says what it measures", async () => {
    const tree = JetsonTree.build("nano", "iio", 3)
    const program = Effect.gen(function* () {
      const meter = yield* EnergyMeter
      yield* meter.read(Ledger.empty)
      yield* Effect.sleep("100 millis")
      return [meter.kind, meter.source, yield* meter.read(Ledger.empty)] as const
    })
    const layer = JetsonMeter.layer({ root: tree.root, hertz: 20 })
    const [kind, source, joules] = await Effect.runPromise(Effect.provide(program, layer)).finally(tree.remove)
    assert.deepStrictEqual([kind, source], ["measured", "Jetson Nano 4GB, POM_5V_IN"])
    assert.isAtLeast(joules, 0.29)
  })

  it("knows its own cost and the watts of now", async () => {
    const [cost, watts] = await onTree("agx-thor", (_, meter) =>
      Effect.andThen(Effect.sleep("200 millis"), Effect.all([meter.cost, meter.watts]))
    )
    assert.strictEqual(cost.activity, "overhead")
    assert.isAbove(cost.seconds, 0)
    assert.isBelow(cost.seconds, 0.2)
    assert.sameMembers(Object.keys(watts), ["VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"])
  })

  it("says stale when the reading stopped changing", async () => {
    const error = await onTree(
      "orin-nx",
      (_, meter) => Effect.andThen(Effect.sleep("300 millis"), Effect.flip(meter.service.read(Ledger.empty))),
      { hertz: 50, frozenAfter: 0.1 }
    )
    assert.strictEqual(error.reason, "Stale")
  })

  it("names the file of a sensor that vanished, once it is gone for two seconds", async () => {
    const [soon, later] = await onTree("nano", (tree, meter) =>
      Effect.gen(function* () {
        const file = Rails.discover(tree.root).channels[0]?.files[0] ?? ""
        truncateSync(file)
        yield* Effect.sleep("100 millis")
        const soon = yield* meter.energy
        yield* Effect.sleep("2 seconds")
        return [soon, yield* Effect.flip(meter.energy)] as const
      })
    )
    assert.isAbove(soon.stale, 0)
    assert.strictEqual(later.reason, "Unavailable")
    assert.match(later.message, /in1_input holds "".+left out/)
  })

  it("says which board has no sensor, and that this is no board, in a sentence", async () => {
    const nano = JetsonTree.build("nano-2gb", "iio")
    const none = await failure(Effect.scoped(JetsonMeter.make({ root: nano.root }))).finally(nano.remove)
    const nowhere = await failure(Effect.scoped(JetsonMeter.make({ root: "/nowhere" })))
    assert.match(none.message, /^Jetson Nano 2GB has no power sensor; .+\.$/)
    assert.match(nowhere.message, /^No Jetson power sensor under \/nowhere; .+--root/)
    assert.strictEqual(nowhere.reason, "Unavailable")
  })

  it("names the rail that a board should have and does not show", async () => {
    const tree = JetsonTree.build("tx2", "hwmon")
    const drivers = join(tree.root, "sys/bus/i2c/drivers/ina3221")
    renameSync(join(drivers, "1-0041"), join(drivers, "gone"))
    const error = await failure(Effect.scoped(JetsonMeter.make({ root: tree.root }))).finally(tree.remove)
    assert.match(error.message, /Jetson TX2: no sensor for VDD_IN/)
  })

  it("gives what a replay of the same trace gives", async () => {
    const recorded = logs()
      .find((log) => log.name.startsWith("orin-nano-super"))
      ?.text.split("\n")
      .slice(90, 150)
    const rising = Array.from({ length: 60 }, (_, i) => lines.orinNano.replaceAll("5971mW", `${5000 + 100 * i}mW`))
    for (const log of [rising, ...(recorded === undefined ? [] : [recorded])]) {
      const text = log.map((line) => line.slice(20)).join("\n")
      const energy = await onTree("orin-nano", (tree, meter) => {
        const played = Effect.promise(() => JetsonTree.play(tree, JetsonTree.traceOf(text, 0.02)).done)
        return Effect.map(meter.measure(played), (one) => one.energy)
      })
      const replayed = Replay.replay(text, { interval: 0.02 })
      const watts = (replayed.joules ?? 0) / replayed.seconds
      assert.closeTo(energy.watts, watts, 0.1 * watts)
    }
  })
})

describe("the best meter of a computer", () => {
  const sourceOf = (root: string) =>
    Effect.runPromise(Effect.scoped(Effect.map(HostMeter.make({ root }), (one) => one.source)))

  it("is a Jetson's rails, else RAPL, else a sentence that names both", async () => {
    const tree = JetsonTree.build("tx1", "iio")
    assert.strictEqual(await sourceOf(tree.root), "Jetson TX1, VDD_IN")
    tree.remove()
    JetsonTree.put(tree.root, "sys/class/powercap/intel-rapl:0/name", "package-0")
    JetsonTree.put(tree.root, "sys/class/powercap/intel-rapl:0/max_energy_range_uj", "1000")
    JetsonTree.put(tree.root, "sys/class/powercap/intel-rapl:0/energy_uj", "1")
    assert.strictEqual(await sourceOf(tree.root), "RAPL, package-0")
    tree.remove()
    const error = await failure(Effect.scoped(HostMeter.make({ root: tree.root })))
    assert.match(error.message, /No Jetson power sensor .+ No RAPL counter/)
  })
})

import { EnergyMeter } from "@edgeol/core/EnergyMeter"
import * as Ledger from "@edgeol/core/Ledger"
import * as JetsonMeter from "@edgeol/hw-jetson/JetsonMeter"
import { Effect } from "effect"
import { renameSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import * as JetsonTree from "../fakes/JetsonTree.ts"

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

  it("says which board has no sensor, and that this is no board, in a sentence", async () => {
    const nano = JetsonTree.build("nano-2gb", "iio")
    const none = await failure(Effect.scoped(JetsonMeter.make({ root: nano.root }))).finally(nano.remove)
    const nowhere = await failure(Effect.scoped(JetsonMeter.make({ root: "/nowhere" })))
    assert.match(none.message, /^Jetson Nano 2GB has no power sensor; .+\.$/)
    assert.match(nowhere.message, /^No Jetson power sensor under \/nowhere; .+--replay/)
    assert.strictEqual(nowhere.reason, "Unavailable")
  })

  it("names the rail that a board should have and does not show", async () => {
    const tree = JetsonTree.build("tx2", "hwmon")
    const drivers = join(tree.root, "sys/bus/i2c/drivers/ina3221")
    renameSync(join(drivers, "1-0041"), join(drivers, "gone"))
    const error = await failure(Effect.scoped(JetsonMeter.make({ root: tree.root }))).finally(tree.remove)
    assert.match(error.message, /Jetson TX2: no sensor for VDD_IN/)
  })

  it("plays a recorded trace", async () => {
    const energy = await onTree("orin-nano", (tree, meter) => {
      const trace = Array.from({ length: 20 }, (_, i) => ({ at: i / 10, watts: { VDD_IN: i < 10 ? 4 : 8 } }))
      const played = Effect.promise(() => JetsonTree.play(tree, trace, 5).done)
      return Effect.map(meter.measure(played), (one) => one.energy)
    })
    assert.closeTo(energy.seconds, 0.4, 0.15)
    assert.closeTo(energy.watts, 6, 0.8)
  })
})

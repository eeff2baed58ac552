import * as Ledger from "@edgeol/core/Ledger"
import * as Rapl from "@edgeol/hw-jetson/Rapl"
import { Effect } from "effect"
import * as fc from "fast-check"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"

let root = ""
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rapl-"))
})
afterEach(() => rmSync(root, { recursive: true }))

const range = 262_143_328_850

const zone = (name: string, label: string, microjoules: number | string, most = range): void => {
  const folder = join(root, "sys/class/powercap", name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "name"), `${label}\n`)
  writeFileSync(join(folder, "max_energy_range_uj"), `${most}\n`)
  writeFileSync(join(folder, "energy_uj"), `${microjoules}\n`)
}

const reading = <A, E>(use: (read: Effect.Effect<number, { readonly message: string }>) => Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.flatMap(Rapl.make({ root }), (meter) => use(meter.read(Ledger.empty)))))

it("a counter that wraps goes on", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(fc.nat(999)), (start, steps) => {
      let raw = start % 1000
      let counter: Rapl.Counter = { last: raw, total: 0 }
      for (const step of steps) {
        raw = (raw + step) % 1000
        counter = Rapl.advance(counter, raw, 1000)
      }
      assert.strictEqual(
        counter.total,
        steps.reduce((sum, step) => sum + step, 0)
      )
    })
  )
})

describe("a processor", () => {
  it("is its packages and memory, not their parts, and starts at any number", async () => {
    zone("intel-rapl:0", "package-0", range - 1_000_000)
    zone("intel-rapl:0:0", "core", 5)
    zone("intel-rapl:0:1", "dram", 7_000_000)
    zone("intel-rapl:1", "psys", 9)
    const joules = await reading((read) =>
      Effect.gen(function* () {
        const before = yield* read
        zone("intel-rapl:0", "package-0", 2_000_000)
        zone("intel-rapl:0:0", "core", 500_000_000)
        zone("intel-rapl:0:1", "dram", 8_000_000)
        return (yield* read) - before
      })
    )
    assert.closeTo(joules, 4, 1e-9)
  })

  it("without a counter, or with one that is none, says so in a sentence", async () => {
    const absent = await Effect.runPromise(Effect.flip(Effect.scoped(Rapl.make({ root }))))
    assert.match(absent.message, /^No RAPL counter under .+powercap; energy can be modelled only\.$/)
    for (const bad of ["", "x", "-1", String(range + 1), "1e9"]) {
      zone("intel-rapl:0", "package-0", bad)
      const error = await Effect.runPromise(Effect.flip(Effect.scoped(Rapl.make({ root }))))
      assert.match(error.message, /energy_uj holds /)
    }
  })

  it("whose counter vanishes fails with the file's name", async () => {
    zone("intel-rapl:0", "package-0", 1)
    const error = await reading((read) => {
      rmSync(join(root, "sys/class/powercap/intel-rapl:0/energy_uj"))
      return Effect.flip(read)
    })
    assert.match(error.message, /energy_uj cannot be read \(ENOENT\)/)
  })
})

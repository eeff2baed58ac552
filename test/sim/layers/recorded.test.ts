/** The profiles of hosts that ship: whole, and with errors that are theirs to show. */
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import * as LayerCost from "@edgeol/sim/layers/LayerCost"
import * as LayerProfile from "@edgeol/sim/layers/LayerProfile"
import { describe, expect, test } from "vitest"

const folder = resolve(import.meta.dirname, "../../../packages/sim/profiles/host")

describe.each(readdirSync(folder))("%s", (file) => {
  const { body, cost } = LayerProfile.parse(file, readFileSync(join(folder, file), "utf8"))
  const { batch, depth, threads } = body.range
  const seconds = (at: LayerCost.Setting) => LayerCost.sum(LayerCost.seconds(cost, body.network, at))

  test("takes longer for more samples and never longer with more units frozen", () => {
    for (let count = threads[0]; count <= threads[1]; count++) {
      for (let samples = batch[0]; samples < batch[1]; samples *= 2) {
        for (let frozen = depth[0]; frozen < depth[1]; frozen++) {
          const at = { batch: samples, depth: frozen, threads: count }
          expect(seconds({ ...at, batch: samples + 1 })).toBeGreaterThan(seconds(at))
          expect(seconds({ ...at, depth: frozen + 1 })).toBeLessThanOrEqual(seconds(at))
        }
      }
    }
  })

  test("was judged on pairs that were held out", () => {
    expect(body.heldOut!.cells).toBeGreaterThan(60)
    expect(body.heldOut!.median).toBeLessThanOrEqual(0.06)
    expect(body.heldOut!.coverage90).toBeGreaterThanOrEqual(0.85)
    expect(body.provenance.machine).not.toBe("")
  })
})

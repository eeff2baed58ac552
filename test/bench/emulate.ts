/**
 * How much faster simulating is than emulating: one run of `immediate` on patterns/nic, by real training on the virtual
 * clock and by the surrogate. Seconds of the processor, all threads; the model that is deployed is trained before.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Speed from "@edgeol/cli/fidelity/Speed"
import { Effect } from "effect"

const stream = "patterns/nic@1"

/** `times` is reached at 10,000. */
export const measure = async (): Promise<Speed.Speed> => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-bench-"))
  try {
    const surrogate = await Effect.runPromise(Atlas.of(stream))
    return await Effect.runPromise(Speed.measure(surrogate, { stream, seed: 1, data: "", folder }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}

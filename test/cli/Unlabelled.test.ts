/** Whole runs on a stream where few samples, or none, have a label. */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Compare from "@edgeol/cli/commands/Compare"
import { expect, test } from "vitest"
import * as InProcess from "./InProcess.ts"

const experiment = (labelled: number) => ({
  stream: "patterns/nic@1",
  model: { kind: "convnet", widths: [4, 8] },
  initial: { samples: 60, epochs: 1, learningRate: 0.01 },
  batches: { perScenario: 3, samples: 8, validation: 4, secondsBetween: 5, process: { kind: "periodic" } },
  requests: { perScenario: 4, process: { kind: "poisson" } },
  labelled,
  heldOut: 8,
  training: { optimiser: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 0, batchSize: 8, epochs: 1 }
})

/** Of every kind one that asks for pretests, validation or the fast head. */
const policies = ["immediate", "error-budget:2", "cara:1", "edgeol", "breakEven", "head", "simsiam:0.5+rigl:0.5"]

interface Compared {
  readonly policies: Readonly<Record<string, { readonly runs: ReadonlyArray<{ readonly iterations: number }> }>>
}

test.each([0, 0.2])(
  "every kind of policy runs to its end where a share of %f has a label",
  async (labelled) => {
    const folder = mkdtempSync(join(tmpdir(), "edgeol-unlabelled-"))
    const file = join(folder, "few.yaml")
    writeFileSync(file, JSON.stringify(experiment(labelled)))
    const flags = ["--stream", file, "--clock", "modelled", "--threads", "1", "--seed", "101", "--seeds", "1"]
    const asked = ["--policies", policies.join(","), "--out", join(folder, "out"), "--json"]
    const { error, stdout } = await InProcess.run(Compare.command, ...flags, ...asked)
    expect(error).toBeUndefined()
    const compared = JSON.parse(stdout) as Compared
    const steps = (policy: string) => compared.policies[policy]!.runs[0]!.iterations
    expect(Object.keys(compared.policies)).toEqual(policies)
    expect(steps("simsiam:0.5+rigl:0.5")).toBe(4 * 3)
    if (labelled === 0) expect(steps("immediate")).toBe(0)
    else expect(steps("immediate")).toBeGreaterThan(0)
  },
  120_000
)

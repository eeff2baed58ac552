/** A small learner of the problem, for tests of its rounds. */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Problem from "./Problem.ts"

export const folder = () => mkdtempSync(join(tmpdir(), "edgeol-rounds-"))

export const options = (rounds: "warm" | "cold" = "warm", at = folder(), seed = 3): TfjsLearner.Options => ({
  model: { kind: "ConvNet", shape: Problem.shape, classes: 6, widths: [8, 12] },
  training: { learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4, batchSize: 16, epochs: 2 },
  seed,
  folder: at,
  threads: 1,
  rounds
})

/** Small experiments for these tests. */
import type { Experiment } from "@edgeol/streams/Experiment"

export const small: Experiment = {
  stream: "patterns/nic@1",
  model: { kind: "convnet", widths: [4] },
  initial: { samples: 12, epochs: 1, learningRate: 0.01 },
  batches: {
    perScenario: 3,
    samples: 4,
    validation: 2,
    secondsBetween: 0.5,
    process: { kind: "jittered", share: 0.5 }
  },
  requests: { perScenario: 5, process: { kind: "poisson" } },
  heldOut: 10,
  training: { optimiser: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 0, batchSize: 4, epochs: 1 }
}

/** Texts that are equal when and only when two images are. */
export const fingerprints = ({ count, inputs }: { readonly count: number; readonly inputs: Uint8Array }) =>
  Array.from({ length: count }, (_, i) => {
    const size = inputs.length / count
    return Buffer.from(inputs.subarray(i * size, (i + 1) * size)).toString("base64")
  })

/** A small model and its policy for an agent, made in a moment: two blocks that learn the built-in stream's signs. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Subject } from "@edgeol/agent/Subject"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Examples from "@edgeol/core/Examples"
import * as Policies from "@edgeol/core/Policies"
import * as Patterns from "@edgeol/streams/Patterns"
import { Effect } from "effect"

export const stream = Patterns.nic(1)

const training = {
  optimiser: "sgd",
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 0.0005,
  batchSize: 8,
  epochs: 2
} as const

const small: Subject["model"] = { kind: "ConvNet", shape: [32, 32, 3], classes: 14, widths: [4, 8] }

/** A folder of its own, and how to remove it. */
export const folder = (): string => mkdtempSync(join(tmpdir(), "edgeol-agent-"))
export const remove = (path: string): void => rmSync(path, { recursive: true, force: true })

/** Trains and saves the model as it is deployed; gives its checkpoint's name. */
const deploy = (to: string, model: Subject["model"]) =>
  Effect.gen(function* () {
    const learner = yield* TfjsLearner.make({ model, training, seed: 1, rounds: "warm", threads: 1, folder: to })
    yield* learner.pretrain(images(0, 64), 2)
    return (yield* learner.save).value
  }).pipe(Effect.scoped, Effect.runPromise)

/** Labelled images of a scenario of the stream, from a place of it on. */
export const images = (scenario: number, count: number, from = 0): Examples.Examples =>
  stream.scenarios[scenario]!.train.take(Array.from({ length: count }, (_, i) => from + i))

/** The bytes of one of them. */
export const image = (examples: Examples.Examples, at: number): Uint8Array => Examples.take(examples, [at]).inputs

/** The checkpoint's name in a folder of a deployed model. */
export const checkpoint = (folder: string): string =>
  readdirSync(folder).find((name) => name.startsWith("checkpoint-"))!

/** What an agent runs, given the model that lies in a folder. */
export const base = (folder: string, name: string, model = small): Subject => ({
  policy: Policies.parse("immediate"),
  envelope: {},
  experiment: { name: "patterns/nic@1", content: {} },
  model,
  training,
  shape: stream.shape,
  classes: stream.classes,
  seed: 1,
  initial: { folder, checkpoint: name },
  rule: { samples: 8, seconds: 60 },
  validation: 0.25,
  rounds: "warm",
  threads: 1,
  versions: {}
})

/** The same, with a model that is trained there. */
export const subject = async (home: string, model = small): Promise<Subject> => {
  const initial = join(home, "initial")
  return base(initial, await deploy(initial, model), model)
}

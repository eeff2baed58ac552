/**
 * The fast head of a resident learner: made when the model is deployed, at work from the first batch it adapts to. A deep
 * round changes the features it knows, so it then learns anew from the samples it kept.
 */
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Examples } from "@edgeol/core/Examples"
import type { Prediction, Validation } from "@edgeol/core/Learner"
import * as FastHead from "../head/FastHead.ts"
import * as Features from "../head/Features.ts"
import * as HeadFile from "../head/HeadFile.ts"
import type * as Model from "./Model.ts"
import * as Reservoir from "./Reservoir.ts"
import * as SamplesFile from "./SamplesFile.ts"

export interface Fast {
  readonly head: FastHead.FastHead
  /** What it learns again when the features change. */
  samples: Reservoir.Reservoir
}

/** Images kept, of all classes. */
const capacity = 256

/** A head that has learnt these. */
export const start = (body: FastHead.Body, examples: Examples): Fast => ({
  head: FastHead.start(body, examples),
  samples: Reservoir.add(Reservoir.make(capacity, examples.shape), examples)
})

/** The same samples on another body. */
export const refit = (body: FastHead.Body, { samples }: Fast): Fast => ({
  head: FastHead.start(body, samples.kept),
  samples
})

/** Gives the accuracy on them before. */
export const learn = (fast: Fast, body: FastHead.Body, fresh: Examples): number => {
  const { labels } = FastHead.learn(fast.head, body, fresh)
  fast.samples = Reservoir.add(fast.samples, fresh)
  return labels.filter((label, i) => label === fresh.labels[i]).length / fresh.count
}

export const predict = ({ head }: Fast, body: FastHead.Body, inputs: Examples): Prediction => {
  const { labels, energy, confidence } = FastHead.predict(head, body, inputs)
  return { labels, energy, confidence }
}

/** Of a class never learnt the probability is taken as one in a million. */
const least = 1e-6

export const validate = (
  { head }: Fast,
  body: FastHead.Body,
  { count, labels: truth, ...rest }: Examples
): Validation => {
  const { labels, energy, probabilities } = FastHead.predict(head, body, { count, labels: truth, ...rest })
  const classes = head.committee.classes()
  let [right, loss, sum, squares] = [0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    right += labels[i] === truth[i] ? 1 : 0
    const place = classes.indexOf(truth[i]!)
    loss -= Math.log(Math.max(least, place < 0 ? 0 : probabilities[i * classes.length + place]!))
    sum += energy[i]!
  }
  const energyMean = sum / count
  for (let i = 0; i < count; i++) squares += (energy[i]! - energyMean) ** 2
  return { accuracy: right / count, loss: loss / count, energyMean, energyDeviation: Math.sqrt(squares / count) }
}

/** All numbers that decide what it answers. */
export const numbers = ({ head }: Fast) => HeadFile.arrays(head)

/** The files of a head that go with a checkpoint, or with the reference model. */
const files = (folder: string, checkpoint: string) => {
  const name = join(folder, checkpoint.replace(/\.safetensors$/, ""))
  return { head: `${name}.head.safetensors`, samples: `${name}.samples.safetensors` }
}

/** Durably. Throws a `LearnerError`. */
export const save = (folder: string, checkpoint: string, model: Model.Model, { head, samples }: Fast): void => {
  const path = files(folder, checkpoint)
  HeadFile.write(path.head, model.name, head)
  SamplesFile.write(path.samples, samples.kept)
}

/** Undefined where the checkpoint has none. Throws a `LearnerError`. */
export const restore = (folder: string, checkpoint: string, body: FastHead.Body): Fast | undefined => {
  const path = files(folder, checkpoint)
  if (!existsSync(path.head)) return undefined
  const { model } = body.net
  const width = widthOf(body)
  const head = HeadFile.read(path.head, { model: model.name, width })
  return { head, samples: { capacity, kept: SamplesFile.read(path.samples, model.shape).samples } }
}

/** What the model learnt before it was deployed, as far as it is kept beside the reference; nothing, if none is. */
export const origin = (folder: string, checkpoint: string, shape: Examples["shape"]): Examples | undefined => {
  const { samples } = files(folder, checkpoint)
  return existsSync(samples) ? SamplesFile.read(samples, shape).samples : undefined
}

/** Numbers that the head sees of an image. */
const widthOf = ({ net, units }: FastHead.Body): number => {
  const [height, width, channels] = net.model.shape
  const one = {
    count: 1,
    shape: net.model.shape,
    inputs: new Uint8Array(height * width * channels),
    labels: Int32Array.of(0)
  }
  return Features.pass(net, units, one).width
}

export const remove = (folder: string, checkpoint: string): void => {
  for (const path of Object.values(files(folder, checkpoint))) rmSync(path, { force: true })
}

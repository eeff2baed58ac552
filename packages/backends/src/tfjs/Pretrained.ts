/**
 * The weights that an experiment's model starts with, where they come from a file. The head starts anew, but that of a
 * LayersModel which answers for as many classes.
 */
import { basename, dirname, join } from "node:path"
import * as LayersModel from "./LayersModel.ts"
import * as MobileNetV1 from "./MobileNetV1.ts"
import type * as Models from "./Models.ts"
import * as ResNet8 from "./ResNet8.ts"
import type * as Weights from "./Weights.ts"

const readers = { resnet8: ResNet8.pretrained, mobilenet: MobileNetV1.pretrained } as const

/**
 * Of the Keras file `weights` under the data folder, whose byte index lies beside it, or of the model's own file. Undefined where all weights start at
 * random. Throws an `Error` of one sentence.
 */
export const start = (
  model: { readonly kind: string; readonly weights?: string },
  data: string,
  described: Models.Config
): Weights.Arrays | undefined => {
  if (described.kind === "LayersModel") return LayersModel.weights(described)
  if (model.weights === undefined || !isRead(model.kind)) return undefined
  return body(readers[model.kind](indexOf(join(data, model.weights))))
}

const isRead = (kind: string): kind is keyof typeof readers => Object.hasOwn(readers, kind)

const body = (arrays: Weights.Arrays) => new Map([...arrays].filter(([name]) => !name.startsWith("head/")))

const indexOf = (file: string) => join(dirname(file), "derived", `${basename(file, ".h5")}.index.json`)

/** What should be said of the model when it is put to work, a sentence each. */
export const notes = (model: Models.Config): ReadonlyArray<string> =>
  model.kind === "LayersModel" ? LayersModel.notes(model) : []

/** The models by their description, which is plain JSON and names everything but the weights. */
import { resolve } from "node:path"
import * as Schema from "effect/Schema"
import * as ConvNet from "./ConvNet.ts"
import * as LayersModel from "./LayersModel.ts"
import * as Mlp from "./Mlp.ts"
import * as MobileNetV1 from "./MobileNetV1.ts"
import type { Model } from "./Model.ts"
import * as ResNet8 from "./ResNet8.ts"
import * as SixConv from "./SixConv.ts"
import * as VisionTransformer from "./VisionTransformer.ts"

const classes = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))
const size = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))
const shape = Schema.Tuple([size, size, size])

export const Config = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("ConvNet"),
    shape,
    classes,
    widths: Schema.Array(size)
  }),
  Schema.Struct({
    kind: Schema.Literal("VisionTransformer"),
    shape,
    classes,
    patch: size,
    width: size,
    depth: size,
    heads: size
  }),
  Schema.Struct({
    kind: Schema.Literal("LayersModel"),
    path: Schema.String,
    digest: Schema.String,
    shape,
    classes,
    scale: Schema.Finite
  }),
  Schema.Struct({
    kind: Schema.Literal("Mlp"),
    shape,
    classes,
    widths: Schema.Array(size)
  }),
  Schema.Struct({ kind: Schema.Literal("ResNet8"), classes }),
  Schema.Struct({ kind: Schema.Literal("MobileNetV1"), classes, enlarge: Schema.optionalKey(size) }),
  Schema.Struct({ kind: Schema.Literal("SixConv"), classes })
])
export type Config = typeof Config.Type

/** What an experiment says of its model. */
export type Asked =
  | { readonly kind: "resnet8" | "mobilenet" }
  | { readonly kind: "convnet" | "mlp"; readonly widths: ReadonlyArray<number> }
  | ({ readonly kind: "vit" } & Pick<VisionTransformer.Config, "patch" | "width" | "depth" | "heads">)
  | ({ readonly kind: "layers" } & Pick<LayersModel.Asked, "path" | "scale">)

/** What a model is asked to learn; `data` is the folder under which files are. */
export interface Inputs {
  readonly classes: number
  readonly shape: ConvNet.Config["shape"]
  readonly data?: string | undefined
}

/** As an experiment asks for it. Throws an `Error` of one sentence when its file is unusable. */
export const asked = (model: Asked, { classes, shape, data = "" }: Inputs): Config => {
  switch (model.kind) {
    case "resnet8":
      return { kind: "ResNet8", classes }
    case "mobilenet": {
      const enlarge = MobileNetV1.fit(shape) ?? 1
      return { kind: "MobileNetV1", classes, ...(enlarge === 1 ? {} : { enlarge }) }
    }
    case "layers": {
      const { path, scale } = model
      return LayersModel.describe({
        path: resolve(data, path),
        classes,
        shape,
        ...(scale === undefined ? {} : { scale })
      })
    }
    case "convnet":
      return { kind: "ConvNet", shape, classes, widths: model.widths }
    case "mlp":
      return { kind: "Mlp", shape, classes, widths: model.widths }
    case "vit": {
      const { patch, width, depth, heads } = model
      return { kind: "VisionTransformer", shape, classes, patch, width, depth, heads }
    }
  }
}

export const make = (config: Config): Model => {
  switch (config.kind) {
    case "ConvNet":
      return ConvNet.make(config)
    case "Mlp":
      return Mlp.make(config)
    case "ResNet8":
      return ResNet8.make(config)
    case "MobileNetV1":
      return MobileNetV1.make(config)
    case "LayersModel":
      return LayersModel.make(config)
    case "VisionTransformer":
      return VisionTransformer.make(config)
    case "SixConv":
      return SixConv.make(config)
  }
}

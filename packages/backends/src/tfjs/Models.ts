/** The models by their description, which is plain JSON and names everything but the weights. */
import * as Schema from "effect/Schema"
import * as ConvNet from "./ConvNet.ts"
import * as Mlp from "./Mlp.ts"
import * as MobileNetV1 from "./MobileNetV1.ts"
import type { Model } from "./Model.ts"
import * as ResNet8 from "./ResNet8.ts"
import * as SixConv from "./SixConv.ts"

const classes = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))
const size = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))

export const Config = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("ConvNet"),
    shape: Schema.Tuple([size, size, size]),
    classes,
    widths: Schema.Array(size)
  }),
  Schema.Struct({
    kind: Schema.Literal("Mlp"),
    shape: Schema.Tuple([size, size, size]),
    classes,
    widths: Schema.Array(size)
  }),
  Schema.Struct({ kind: Schema.Literal("ResNet8"), classes }),
  Schema.Struct({ kind: Schema.Literal("MobileNetV1"), classes }),
  Schema.Struct({ kind: Schema.Literal("SixConv"), classes })
])
export type Config = typeof Config.Type

/** As an experiment asks for it: a kind and its widths, on inputs of a shape. */
export const asked = (
  model: { readonly kind: "resnet8" } | { readonly kind: "convnet" | "mlp"; readonly widths: ReadonlyArray<number> },
  { classes, shape }: { readonly classes: number; readonly shape: ConvNet.Config["shape"] }
): Config => {
  if (model.kind === "resnet8") return { kind: "ResNet8", classes }
  return { kind: model.kind === "mlp" ? "Mlp" : "ConvNet", shape, classes, widths: model.widths }
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
    case "SixConv":
      return SixConv.make(config)
  }
}

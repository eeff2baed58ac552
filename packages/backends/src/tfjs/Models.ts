/** The models by their description, which is plain JSON and names everything but the weights. */
import * as Schema from "effect/Schema"
import * as ConvNet from "./ConvNet.ts"
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
  Schema.Struct({ kind: Schema.Literal("ResNet8"), classes }),
  Schema.Struct({ kind: Schema.Literal("SixConv"), classes })
])
export type Config = typeof Config.Type

export const make = (config: Config): Model => {
  if (config.kind === "ConvNet") return ConvNet.make(config)
  return config.kind === "ResNet8" ? ResNet8.make(config) : SixConv.make(config)
}

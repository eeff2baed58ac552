/** The models that a calibration can time, by name. Step times depend on the classes by less than they vary. */
import type * as Models from "@edgeol/backends/tfjs/Models"

export const names = ["resnet8", "mobilenet", "convnet"] as const
export type Name = (typeof names)[number]

export const configs: { readonly [name in Name]: Models.Config } = {
  resnet8: { kind: "ResNet8", classes: 16 },
  mobilenet: { kind: "MobileNetV1", classes: 16 },
  convnet: { kind: "ConvNet", shape: [32, 32, 3], classes: 18, widths: [16, 32, 32] }
}

/**
 * Momentum and weight decay as in the experiments: both are work for the optimiser. So small a rate that noise for
 * images never drives the weights to infinity, where steps take another time.
 */
export const rates = { learningRate: 1e-6, momentum: 0.9, weightDecay: 5e-4 }

/** The 6-convolution net as tfjs's own layers, with the weights of ours: what `trainOnBatch` would make of it. */
import type * as Weights from "@edgeol/backends/tfjs/Weights"
import * as SixConv from "@edgeol/backends/tfjs/SixConv"
import type { Tf } from "@edgeol/backends/tensorflow/Engine"

type LayersModel = ReturnType<Tf["sequential"]>

export const make = (tf: Tf, arrays: Weights.Arrays, classes: number, learningRate: number): LayersModel => {
  const model = tf.sequential()
  SixConv.widths.forEach((filters, i) => {
    const input = i === 0 ? { inputShape: [32, 32, 3] } : {}
    model.add(
      tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", useBias: false, name: `conv${i + 1}`, ...input })
    )
    model.add(tf.layers.batchNormalization({ epsilon: 1e-3, momentum: 0.9, name: `norm${i + 1}` }))
    model.add(tf.layers.activation({ activation: "relu" }))
    if (i % 2 === 1) model.add(tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }))
  })
  model.add(tf.layers.globalAveragePooling2d({}))
  model.add(tf.layers.dense({ units: classes, activation: "softmax", name: "head" }))
  give(tf, model, arrays)
  model.compile({ optimizer: tf.train.momentum(learningRate, 0.9), loss: "categoricalCrossentropy" })
  return model
}

const give = (tf: Tf, model: LayersModel, arrays: Weights.Arrays): void => {
  const set = (layer: string, names: ReadonlyArray<string>) =>
    tf.tidy(() => {
      const tensors = names.map((name) => tf.tensor(arrays.get(name)!.values, [...arrays.get(name)!.shape]))
      model.getLayer(layer).setWeights(tensors)
    })
  SixConv.widths.forEach((_, i) => {
    set(`conv${i + 1}`, [`block${i + 1}/kernel`])
    set(
      `norm${i + 1}`,
      ["scale", "offset", "mean", "variance"].map((part) => `block${i + 1}/${part}`)
    )
  })
  set("head", ["head/kernel", "head/bias"])
}

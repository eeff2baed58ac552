/** Measures of a training step by unit, for policies that freeze by them; `NaN` for a unit that did not train. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Ops } from "./FusedOps.ts"
import type { Kind } from "./Layers.ts"
import type * as Model from "./Model.ts"

/** L1 norm of each unit's gradient, weight decay aside. */
export const gradients = (ops: Ops, model: Model.Model, of: ReadonlyMap<string, Tensor>): ReadonlyArray<number> =>
  model.units.map(({ layer }) =>
    layer.weights.reduce((sum, { name }) => {
      const gradient = of.get(name)
      return gradient === undefined ? sum : (Number.isNaN(sum) ? 0 : sum) + total(ops, gradient)
    }, NaN)
  )

/** Sum of `|dw / w|` over a tensor; a weight of 0 counts as unmoved. */
export const change = (ops: Ops, before: Tensor, after: Tensor): number =>
  total(ops, ops.ratio(ops.subtract(after, before), before))

/** Mean of `|dw / w|` over each unit's tensors of more than one dimension, from their sums. */
export const changes = (model: Model.Model, sums: ReadonlyMap<string, number>): ReadonlyArray<number> =>
  model.units.map(({ layer }) => {
    const moved = layer.weights.filter(({ name }) => sums.has(name))
    const size = moved.reduce((numbers, { shape }) => numbers + shape.reduce((product, n) => product * n, 1), 0)
    return moved.reduce((sum, { name }) => sum + sums.get(name)!, 0) / size
  })

export const counts = (kind: Kind): boolean => kind === "kernel" || kind === "depthwise"

const total = (ops: Ops, tensor: Tensor): number => {
  const flat = ops.reshape(ops.absolute(tensor), [tensor.size])
  return ops.mean(flat, [0]).dataSync()[0]! * tensor.size
}

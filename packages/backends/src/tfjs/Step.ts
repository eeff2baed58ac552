/** One optimiser step: softmax cross entropy over the classes seen, gradients of the units that train, SGD with momentum. */
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import type { Ops } from "./FusedOps.ts"
import type { Kind, Tape } from "./Layers.ts"
import * as Model from "./Model.ts"
import * as Weights from "./Weights.ts"

export interface Rates {
  readonly learningRate: number
  readonly momentum: number
  /** On kernels only. */
  readonly weightDecay: number
}

/** What a step reads and replaces. */
export interface State {
  readonly model: Model.Model
  readonly weights: Weights.Weights
  /** Momentum by weight; absent means zero. Those of frozen units stay as they are. */
  readonly slots: Weights.Weights
  /** Folded forms of the frozen units; the others train. */
  readonly frozen: Model.FoldedUnits
  /** 0 for classes seen, a large negative number for others, one per class; added to the logits. */
  readonly mask: Tensor
}

export interface Times {
  readonly forward: number
  readonly backward: number
  readonly optimiser: number
}

/** Seconds on the monotonic clock; eager kernels on the CPU have finished when the call returns. */
const now = () => performance.now() / 1000

/** Trains on one minibatch (NHWC, already scaled); gives the loss before the step and where the time went. */
export const run = (
  tf: Tf,
  ops: Ops,
  state: State,
  rates: Rates,
  input: Tensor,
  labels: Tensor
): { readonly loss: number; readonly times: Times } =>
  scoped(tf, () => {
    const started = now()
    const tape: Tape = { gradients: new Map(), statistics: new Map() }
    const passes = Model.forward(ops, state.model, state.weights, state.frozen, input, tape)
    const logits = ops.add(passes.at(-1)!.output, state.mask)
    const [losses, gradient] = ops.crossEntropy(logits, labels)
    const loss = ops.mean(losses, [0]).dataSync()[0]!
    const forwarded = now()
    Model.backward(passes, state.frozen, ops.multiply(gradient, ops.constant(1 / labels.size)))
    const returned = now()
    const kinds = Model.kinds(state.model)
    for (const [name, of] of tape.gradients) descend(tf, ops, state, rates, name, kinds.get(name)!, of)
    for (const [name, value] of tape.statistics) Weights.put(tf, state.weights, name, value)
    const times = { forward: forwarded - started, backward: returned - forwarded, optimiser: now() - returned }
    return { loss, times }
  })

/** `v <- momentum v + g + decay w; w <- w - rate v` (Polyak 1964 with L2, as Sutskever et al. 2013 without Nesterov). */
const descend = (
  tf: Tf,
  ops: Ops,
  { weights, slots }: State,
  { learningRate, momentum, weightDecay }: Rates,
  name: string,
  kind: Kind,
  gradient: Tensor
): void => {
  const weight = Weights.get(weights, name)
  const decayed =
    kind === "kernel" && weightDecay > 0 ? ops.add(gradient, ops.multiply(weight, ops.constant(weightDecay))) : gradient
  const slot = slots.get(name)
  const velocity =
    momentum === 0 || slot === undefined ? decayed : ops.add(ops.multiply(slot, ops.constant(momentum)), decayed)
  const moved = ops.subtract(weight, ops.multiply(velocity, ops.constant(learningRate)))
  if (momentum > 0) Weights.put(tf, slots, name, velocity)
  Weights.put(tf, weights, name, moved)
}

/** `tf.tidy` for results that are no tensors. */
const scoped = <A>(tf: Tf, body: () => A): A => {
  tf.engine().startScope()
  try {
    return body()
  } finally {
    tf.engine().endScope()
  }
}

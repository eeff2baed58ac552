/** One optimiser step: softmax cross entropy over the classes seen, gradients of the units that train, SGD with momentum. */
import type { Watched } from "@edgeol/core/Decision"
import type { Stepped } from "@edgeol/core/Learner"
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import type { Ops } from "./FusedOps.ts"
import type { Kind, Tape } from "./Layers.ts"
import * as Model from "./Model.ts"
import * as Watch from "./Watch.ts"
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
  /** What is measured by unit; nothing, where absent. */
  readonly watch?: Watched
}

export interface Times {
  readonly forward: number
  readonly backward: number
  readonly optimiser: number
  /** Measuring by unit. */
  readonly watch: number
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
): Stepped & { readonly times: Times } =>
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
    const { units, seconds } = update(tf, ops, state, rates, tape)
    const optimiser = now() - returned - seconds
    const times = { forward: forwarded - started, backward: returned - forwarded, optimiser, watch: seconds }
    return units === undefined ? { loss, times } : { loss, units, times }
  })

/** Moves the weights; gives what is watched of it, and the seconds that took. */
const update = (tf: Tf, ops: Ops, state: State, rates: Rates, { gradients, statistics }: Tape) => {
  const { model, weights, slots, watch } = state
  const kinds = Model.kinds(model)
  const changes = new Map<string, number>()
  let seconds = 0
  const watched = <A>(measure: () => A): A => {
    const started = now()
    const value = measure()
    seconds += now() - started
    return value
  }
  for (const [name, of] of gradients) {
    const kind = kinds.get(name)!
    const { velocity, moved } = descend(ops, state, rates, name, kind, of)
    if (watch === "changes" && Watch.counts(kind)) {
      changes.set(
        name,
        watched(() => Watch.change(ops, Weights.get(weights, name), moved))
      )
    }
    if (rates.momentum > 0) Weights.put(tf, slots, name, velocity)
    Weights.put(tf, weights, name, moved)
  }
  for (const [name, value] of statistics) Weights.put(tf, weights, name, value)
  if (watch === "changes") return { units: Watch.changes(model, changes), seconds }
  if (watch !== "gradients") return { units: undefined, seconds }
  const units = watched(() => Watch.gradients(ops, model, gradients))
  return { units, seconds }
}

/** `v <- momentum v + g + decay w; w <- w - rate v` (Polyak 1964 with L2, as Sutskever et al. 2013 without Nesterov). */
const descend = (
  ops: Ops,
  { weights, slots }: State,
  { learningRate, momentum, weightDecay }: Rates,
  name: string,
  kind: Kind,
  gradient: Tensor
): { readonly velocity: Tensor; readonly moved: Tensor } => {
  const weight = Weights.get(weights, name)
  const decayed =
    kind === "kernel" && weightDecay > 0 ? ops.add(gradient, ops.multiply(weight, ops.constant(weightDecay))) : gradient
  const slot = slots.get(name)
  const velocity =
    momentum === 0 || slot === undefined ? decayed : ops.add(ops.multiply(slot, ops.constant(momentum)), decayed)
  return { velocity, moved: ops.subtract(weight, ops.multiply(velocity, ops.constant(learningRate))) }
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

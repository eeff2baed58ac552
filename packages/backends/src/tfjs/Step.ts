/** One optimiser step: softmax cross entropy over the classes seen, gradients of the units that train, SGD with momentum. */
import type { Watched } from "@edgeol/core/Decision"
import type { Stepped } from "@edgeol/core/Learner"
import type { Tensor } from "@tensorflow/tfjs-node"
import type { Tf } from "../tensorflow/Tensorflow.ts"
import type { Ops } from "./FusedOps.ts"
import type { Kind, Tape } from "./Layers.ts"
import * as Model from "./Model.ts"
import * as SimSiam from "./selfSupervised/SimSiam.ts"
import * as RigL from "./sparse/RigL.ts"
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
  /** A weight for each row's loss, `[n, 1]`; where absent, all count alike. Labels of rows that count nothing are any. */
  readonly rows?: Tensor
  /** What is learnt without labels too. */
  readonly agreement?: Agreement
  /** In place of the optimiser's step: sparse kernels drop and grow this share of their weights. */
  readonly rewire?: number
}

export interface Agreement {
  readonly branched: Model.Model
  readonly weight: number
  readonly views: Tensor
  /** Of all units, also where the state's are those behind a prefix whose activations are kept. */
  readonly frozen: Model.FoldedUnits
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
    const own = weighed(ops, losses, state.rows)
    const agreed = agree(tf, ops, state)
    const loss = agreed === undefined ? own : own + state.agreement!.weight * agreed.loss
    const forwarded = now()
    Model.backward(passes, state.frozen, ops.multiply(gradient, state.rows ?? ops.constant(1 / labels.size)))
    if (agreed !== undefined) join(ops, tape.gradients, agreed.back())
    const returned = now()
    const { units, seconds } = update(tf, ops, state, rates, tape)
    const optimiser = now() - returned - seconds
    const times = { forward: forwarded - started, backward: returned - forwarded, optimiser, watch: seconds }
    return units === undefined ? { loss, times } : { loss, units, times }
  })

const weighed = (ops: Ops, losses: Tensor, rows: Tensor | undefined): number =>
  rows === undefined
    ? ops.mean(losses, [0]).dataSync()[0]!
    : losses.size * ops.mean(ops.multiply(losses, ops.reshape(rows, [-1])), [0]).dataSync()[0]!

/** With all of the body frozen nothing would be learnt from views. */
const agree = (tf: Tf, ops: Ops, { weights, agreement }: State): SimSiam.Passed | undefined => {
  if (agreement === undefined) return undefined
  const { branched, weight, views, frozen } = agreement
  if (frozen.slice(0, -1).every((unit) => unit !== undefined)) return undefined
  return SimSiam.run(tf, ops, branched, weights, frozen, views, weight)
}

const join = (ops: Ops, gradients: Map<string, Tensor>, others: ReadonlyMap<string, Tensor>): void => {
  for (const [name, other] of others) {
    const own = gradients.get(name)
    gradients.set(name, own === undefined ? other : ops.add(own, other))
  }
}

/** Moves the weights; gives what is watched of it, and the seconds that took. */
const update = (tf: Tf, ops: Ops, state: State, rates: Rates, { gradients, statistics }: Tape) => {
  const { model, weights, slots, watch, agreement, rewire } = state
  const kinds = new Map([...Model.kinds(model), ...(agreement === undefined ? [] : Model.kinds(agreement.branched))])
  const changes = new Map<string, number>()
  let seconds = 0
  const watched = <A>(measure: () => A): A => {
    const started = now()
    const value = measure()
    seconds += now() - started
    return value
  }
  for (const [name, of] of rewire === undefined ? gradients : []) {
    const kind = kinds.get(name)!
    const mask = RigL.maskOf(weights, name)
    const { velocity, moved } = descend(ops, state, rates, name, kind, mask === undefined ? of : ops.multiply(of, mask))
    if (watch === "changes" && Watch.counts(kind)) {
      changes.set(
        name,
        watched(() => Watch.change(ops, Weights.get(weights, name), moved))
      )
    }
    if (rates.momentum > 0) Weights.put(tf, slots, name, velocity)
    Weights.put(tf, weights, name, moved)
  }
  if (rewire !== undefined) RigL.rewire(tf, ops, { weights, slots }, gradients, rewire)
  for (const [name, value] of statistics) Weights.put(tf, weights, name, value)
  if (watch === "changes" && rewire === undefined) return { units: Watch.changes(model, changes), seconds }
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

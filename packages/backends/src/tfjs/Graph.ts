/** A model's layers with their work, read off the kernel calls of its own training step. Needs no TensorFlow. */
import type { Kind, Layer, Network } from "@edgeol/sim/layers/Layer"
import * as Model from "./Model.ts"
import type * as Step from "./Step.ts"
import type { Blank } from "./Trace.ts"
import * as Trace from "./Trace.ts"
import type { Call } from "./TracedStep.ts"
import * as TracedStep from "./TracedStep.ts"

/** Rates decide how many kernels the optimiser calls: momentum and weight decay are such. */
export const of = (model: Model.Model, rates: Step.Rates): Network => {
  const steps = model.units.map((_, depth) => TracedStep.calls(model, rates, depth))
  const drafts = gather(model, steps[0]!)
  const trained = new Set(model.units.flatMap(Model.trainable))
  mark(drafts, model, steps)
  countFrozen(drafts, steps.at(-1)!)
  return {
    name: model.name,
    units: model.units.map(({ name }) => name),
    layers: [samples(model), ...drafts.map((draft) => finished(draft, trained))]
  }
}

/** A layer while its calls are gathered. Numbers are of one sample. */
interface Draft {
  readonly name: string
  readonly unit: number
  readonly kind: Kind
  /** A batch norm whose kernel also does the activation. */
  readonly activates: boolean
  readonly macs: number
  readonly reads: ReadonlyArray<Blank>
  readonly output: number
  readonly weights: Map<string, Blank>
  readonly launches: Record<keyof Layer["launches"], number>
  entry: boolean
}

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

const finished = (draft: Draft, trained: ReadonlySet<string>): Layer => {
  const { name, unit, entry, kind, macs, reads, output, launches } = draft
  const all = [...draft.weights.values()]
  return {
    name,
    unit,
    entry,
    kind,
    macs,
    launches,
    weights: sum(all.filter(({ weight }) => trained.has(weight!)).map(Trace.numbers)),
    inputBytes: 4 * sum(reads.map(Trace.numbers)),
    outputBytes: 4 * output,
    weightBytes: 4 * sum(all.map(Trace.numbers))
  }
}

const noLaunches = { forward: 0, frozen: 0, inputGradient: 0, weightGradient: 0, optimiser: 0 }

/** Samples are bytes, scaled to floats before the first kernel. */
const samples = ({ shape }: Model.Model): Layer => {
  const pixels = shape[0] * shape[1] * shape[2]
  const nothing = { macs: 0, weights: 0, weightBytes: 0, launches: noLaunches }
  const about = { name: "input", unit: 0, entry: false, kind: "input" } as const
  return { ...about, inputBytes: pixels, outputBytes: 4 * pixels, ...nothing }
}

const kinds: { readonly [op in Call["op"]]?: Kind } = {
  conv: "conv",
  convBias: "conv",
  depthwise: "depthwise",
  matMul: "dense",
  normalise: "norm",
  normaliseRelu: "norm",
  relu: "activation",
  relu6: "activation",
  maxPool: "pool",
  averagePool: "pool",
  add: "add",
  reshape: "reshape",
  layerNorm: "layerNorm",
  gelu: "activation",
  attention: "attention"
}

/** Gives each call of a full step to its layer; the forward ones begin layers. */
const gather = (model: Model.Model, calls: ReadonlyArray<Call>): ReadonlyArray<Draft> => {
  const drafts: Array<Draft> = []
  const makers = new Map<Blank, Draft>()
  let last: Draft | undefined
  for (const call of calls) {
    const draft = ownerOf(call, drafts, makers, last) ?? begin(model, call, drafts)
    for (const input of call.inputs) {
      if (call.phase === "forward" && input.weight !== undefined) draft.weights.set(input.weight, input)
    }
    for (const output of call.outputs) makers.set(output, draft)
    draft.launches[passOf(call)] += call.kernels ?? 1
    last = draft
  }
  return drafts
}

const begin = (model: Model.Model, call: Call, drafts: Array<Draft>): Draft => {
  const unit = call.unit ?? model.units.length - 1
  const kind = call.unit === undefined ? "loss" : (kinds[call.op] ?? "reshape")
  const draft: Draft = {
    name: unused(nameOf(model.units[unit]!.name, kind, call), drafts),
    unit,
    kind,
    activates: call.op === "normaliseRelu",
    macs: macsOf(call),
    reads: call.inputs.filter(({ weight }) => weight === undefined),
    output: sum((call.op === "attention" ? call.outputs : call.outputs.slice(0, 1)).map(Trace.numbers)),
    weights: new Map(),
    launches: { ...noLaunches },
    entry: false
  }
  drafts.push(draft)
  return draft
}

/** Layers with weights are called as these are; a batch norm, whose weights share a convolution's name, says so. */
const nameOf = (unit: string, kind: Kind, { inputs }: Call) => {
  const weight = inputs.find((input) => input.weight !== undefined)?.weight
  if (weight === undefined) return kind === "loss" ? kind : `${unit}/${kind}`
  const own = weight.slice(0, weight.lastIndexOf("/"))
  return kind === "norm" ? `${own}/norm` : own
}

const unused = (name: string, drafts: ReadonlyArray<Draft>) => {
  const same = drafts.filter((draft) => draft.name === name || draft.name.startsWith(`${name}-`)).length
  return same === 0 ? name : `${name}-${same + 1}`
}

/** One for each number of the output and each number of the kernel that enters it. */
const macsOf = ({ op, inputs, outputs }: Call): number => {
  const [output, kernel] = [Trace.numbers(outputs[0]!), inputs[1]]
  if (op === "conv" || op === "convBias") return (output * Trace.numbers(kernel!)) / kernel!.shape[3]!
  if (op === "depthwise") return (output * Trace.numbers(kernel!)) / kernel!.shape[2]!
  if (op === "attention") return (2 * numbersOfShares(outputs[1]!) * inputs[0]!.shape[3]!) / 3
  return op === "matMul" ? Trace.numbers(kernel!) : 0
}

/** Of one head: each takes part in the scores and in the sum of the values. */
const numbersOfShares = ({ shape }: Blank): number => shape[2]! * shape[3]!

/** The layer that a call is part of; a forward call that is part of none begins one. */
const ownerOf = (
  call: Call,
  drafts: ReadonlyArray<Draft>,
  makers: ReadonlyMap<Blank, Draft>,
  last: Draft | undefined
): Draft | undefined => {
  const { op, phase, unit, inputs, outputs } = call
  const named = () => drafts.find(({ weights }) => inputs.some(({ weight }) => weights.has(weight!)))
  if (phase === "loss") return last?.kind === "loss" ? last : undefined
  if (phase === "forward") return op === "bias" ? last : undefined
  if (phase === "optimiser")
    return named() ?? inputs.map((input) => makers.get(input)).find((maker) => maker !== undefined)
  if (op === "biasGradient") return last
  if (byOutput.has(op)) return makers.get(inputs[1]!)
  if (op === "batchSum") return drafts.find((draft) => draft.unit === unit && has(draft, outputs[0]!))
  const sums = (draft: Draft) => draft.unit === unit && draft.kind === "add" && draft.launches.inputGradient === 0
  if (op === "add" && drafts.some(sums)) return drafts.findLast(sums)
  const mirrored = mirrors[op]
  if (mirrored !== undefined) {
    const own = drafts.filter((draft) => draft.unit === unit && draft.kind === mirrored)
    const back = (draft: Draft) =>
      draft.launches.inputGradient === 0 && draft.reads[0]?.shape.join() === outputs[0]!.shape.join()
    return own.findLast(back) ?? own.at(-1)
  }
  return named() ?? drafts.find((draft) => draft.reads.includes(inputs[0]!) && has(draft, outputs[0]!))
}

/** Gradients that only undo what their layer did: the kinds of these layers. */
const mirrors: { readonly [op in Call["op"]]?: Kind } = {
  add: "add",
  reshape: "reshape",
  unpad: "reshape",
  multiply: "reshape",
  averagePoolGradient: "pool"
}

/** Gradients that are told the layer's output. */
const byOutput: ReadonlySet<Call["op"]> = new Set([
  "reluGradient",
  "relu6Gradient",
  "maxPoolGradient",
  "geluGradient",
  "attentionGradient"
])

/** Whether a layer has a weight of this shape. */
const has = ({ weights }: Draft, { shape }: Blank) =>
  [...weights.values()].some((weight) => weight.shape.join() === shape.join())

const passOf = ({ op, phase, inputs }: Call): keyof Layer["launches"] => {
  if (phase === "loss") return op === "multiply" ? "inputGradient" : "forward"
  if (phase !== "backward") return phase
  const learns = op === "matMul" && inputs.every(({ weight }) => weight === undefined)
  return learns || /Kernel$|^biasGradient$|^batchSum$|^layerNormWeights$/.test(op) ? "weightGradient" : "inputGradient"
}

/** Entries are the layers that do less when the units before theirs are frozen; those of the first unit read the samples. */
const mark = (drafts: ReadonlyArray<Draft>, model: Model.Model, steps: ReadonlyArray<ReadonlyArray<Call>>): void => {
  const alone = steps.map((calls) => new Map(gather(model, calls).map((draft) => [draft.name, draft])))
  const first = steps[0]![0]!.inputs[0]!
  for (const draft of drafts) {
    const cut = alone[draft.unit]!.get(draft.name)!
    draft.entry =
      draft.unit === 0 ? draft.reads.includes(first) : cut.launches.inputGradient < draft.launches.inputGradient
  }
}

/** A batch norm that follows no convolution is frozen a product and a bias. */
const isFrozen = ({ op }: Call, kind: Kind) =>
  (kinds[op] ?? "reshape") === kind || (kind === "norm" && op === "multiply")

/** A frozen unit calls the same layers in the same order, but for batch norms, of which only the activation is left. */
const countFrozen = (drafts: ReadonlyArray<Draft>, calls: ReadonlyArray<Call>): void => {
  const last = drafts.at(-1)!.unit
  for (let unit = 0; unit <= last; unit++) {
    const left = calls.filter((call) => call.unit === unit && call.phase === "forward")
    for (const draft of drafts.filter((one) => one.unit === unit)) {
      const kind = draft.activates ? "activation" : draft.kind
      if (unit === last) draft.launches.frozen = draft.launches.forward
      else if (left[0] !== undefined && isFrozen(left[0], kind)) {
        draft.launches.frozen = left.shift()!.kernels ?? 1
        if (left[0]?.op === "bias") draft.launches.frozen += left.splice(0, 1).length
      }
    }
  }
}

/**
 * What a network's layers work on, as plain data: enough to predict the cost of a training step on any device. Read off
 * a model's own kernel calls by `Graph` of the backend.
 */
import { Schema } from "effect"

/**
 * `input`: bytes of samples to floats. `norm`, of a batch, includes an activation in the same kernel. `attention`: products of
 * activations with each other, and the softmax between them. `loss`: from logits to their gradient.
 */
export const Kind = Schema.Literals([
  "input",
  "conv",
  "depthwise",
  "dense",
  "norm",
  "layerNorm",
  "attention",
  "activation",
  "pool",
  "add",
  "reshape",
  "loss"
])
export type Kind = typeof Kind.Type

const Count = Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** Kernel calls of one step, whatever the batch. Gradients are asked for from the last layer back to the first unit that trains. */
const Launches = Schema.Struct({
  forward: Count,
  /** Forward where the unit is frozen: a batch norm is then folded into its convolution. */
  frozen: Count,
  inputGradient: Count,
  weightGradient: Count,
  optimiser: Count
})

export const Layer = Schema.Struct({
  name: Schema.String,
  /** Position of the unit that it is part of; units freeze as a whole. */
  unit: Schema.Int,
  /** Whether it reads what the unit reads: where this unit is the first to train, nobody wants its gradient by input. */
  entry: Schema.Boolean,
  kind: Kind,
  /** Multiply-adds of the forward pass for one sample; the gradients by input and by weights take as many each (of attention: by both factors). */
  macs: Count,
  /** Numbers that the optimiser changes. */
  weights: Count,
  /** Activations read and written forward for one sample, in bytes. */
  inputBytes: Count,
  outputBytes: Count,
  /** Bytes of all weights, moving statistics included, which a step reads once. */
  weightBytes: Count,
  launches: Launches
})
export type Layer = typeof Layer.Type

/** A network in the order of its forward pass. */
export const Network = Schema.Struct({
  name: Schema.String,
  units: Schema.Array(Schema.String),
  layers: Schema.Array(Layer)
})
export type Network = typeof Network.Type

/** Multiply-adds of the forward pass for one sample. */
export const macs = ({ layers }: Network): number => layers.reduce((sum, layer) => sum + layer.macs, 0)

/** How many leading units are frozen; only these shorten the backward pass. */
export const depth = (frozen: ReadonlyArray<boolean>): number => {
  const open = frozen.indexOf(false)
  return open < 0 ? frozen.length : open
}

/** Kernel calls of a step that trains all units from `depth` on. */
export const launches = ({ unit, entry, launches: of }: Layer, depth: number): number => {
  if (unit < depth) return of.frozen
  const back = entry && unit === depth ? 0 : of.inputGradient
  return of.forward + back + of.weightGradient + of.optimiser
}

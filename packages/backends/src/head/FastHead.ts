/**
 * A committee on a model's features: learns a labelled batch at the price of one forward pass and an update. The model's
 * folded units are passed in with each call, as they are replaced after a round; the head is then to be started anew or
 * fed samples again, since it knows the old features only.
 */
import type { Examples } from "@edgeol/core/Examples"
import type * as Model from "../tfjs/Model.ts"
import type * as Net from "../tfjs/Net.ts"
import * as Committee from "./Committee.ts"
import * as Features from "./Features.ts"

export interface FastHead {
  readonly standard: Features.Standard
  readonly committee: Committee.Committee
}

/** A model as it stands. */
export interface Body {
  readonly net: Net.Net
  readonly units: Model.FoldedUnits
}

/** The committee's answers, and the model's own logits of the same pass: `count × model classes`. */
export interface Answers extends Committee.Answers {
  readonly logits: Float32Array
}

/** Standardises by these examples and learns them. */
export const start = (
  { net, units }: Body,
  examples: Examples,
  config: Committee.Config = Committee.defaults
): FastHead => {
  const pass = Features.pass(net, units, examples)
  const standard = Features.standard(pass)
  const committee = Committee.make(pass.width, config)
  committee.learn(Features.standardise(standard, pass), examples.labels)
  return { standard, committee }
}

export const predict = ({ standard, committee }: FastHead, { net, units }: Body, examples: Examples): Answers => {
  const pass = Features.pass(net, units, examples)
  return { ...committee.predict(Features.standardise(standard, pass)), logits: pass.logits }
}

/** Answers first, then learns: the answers are those of the head that had not seen these labels. */
export const learn = ({ standard, committee }: FastHead, { net, units }: Body, examples: Examples): Answers => {
  const pass = Features.pass(net, units, examples)
  return { ...committee.learn(Features.standardise(standard, pass), examples.labels), logits: pass.logits }
}

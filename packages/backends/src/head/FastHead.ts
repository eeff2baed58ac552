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
import * as Rows from "./Rows.ts"

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

export const predict = (head: FastHead, body: Body, examples: Examples): Answers => {
  const { rows, logits } = look(head, body, examples)
  return { ...head.committee.predict(rows), logits }
}

/** Answers first, then learns: the answers are those of the head that had not seen these labels. */
export const learn = (head: FastHead, body: Body, examples: Examples): Answers => {
  const { rows, logits } = look(head, body, examples)
  return { ...head.committee.learn(rows, examples.labels), logits }
}

const look = ({ standard, committee }: FastHead, { net, units }: Body, examples: Examples) => {
  const pass = Features.pass(net, units, examples)
  const rows = examples.count === 0 ? Rows.of([], committee.width) : Features.standardise(standard, pass)
  return { rows, logits: pass.logits }
}

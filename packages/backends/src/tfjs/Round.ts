/** A round of training in this process: a copy of what was learnt, trained step by step. Plain calls, no Effect. */
import type { Watched } from "@edgeol/core/Decision"
import * as Labels from "@edgeol/core/Examples"
import type { Examples } from "@edgeol/core/Examples"
import type { Stepped, Validation } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Rng from "@edgeol/core/Rng"
import * as Batches from "./Batches.ts"
import * as Judge from "./Judge.ts"
import * as Learned from "./Learned.ts"
import * as Model from "./Model.ts"
import * as Net from "./Net.ts"
import * as Step from "./Step.ts"

export interface Training extends Step.Rates {
  readonly batchSize: number
  readonly epochs: number
}

export interface Round {
  readonly steps: number
  /** One optimiser step; after the last planned one it starts over. */
  readonly step: () => Ledger.Metered<Stepped>
  readonly freeze: (units: ReadonlyArray<boolean>) => void
  readonly watch: (what: Watched) => void
  /** Gram matrices of the units' activations. */
  readonly grams: (probe: Examples) => ReadonlyArray<Float32Array>
  readonly validate: (samples: Examples) => Validation
  /** What has been learnt so far. The round's own until `release`. */
  readonly learned: () => Learned.Learned
  /** Ends the round and hands `learned` over, or releases it too. */
  readonly release: (keep: boolean) => void
}

/** Learns from the samples whose label is known; none of them make a round without steps. */
export const begin = (net: Net.Net, training: Training, from: Learned.Learned, given: Examples): Round => {
  const { tf, ops, model } = net
  const samples = Labels.labelled(given)
  const seen = from.seen.map((before, label) => before || samples.labels.includes(label))
  const rng = Rng.restore(from.rng)
  const plan = Batches.plan(samples.count, training.batchSize, training.epochs, rng)
  let learned: Learned.Learned = { ...Learned.copy(tf, from), seen, rng: rng.state() }
  let folded = foldFrozen(net, learned)
  const mask = tf.keep(tf.tensor1d(seen.map((known) => (known ? 0 : unseen))))
  let done = 0

  let watch: Watched = "nothing"

  const step = (): Ledger.Metered<Stepped> => {
    const started = performance.now()
    const positions = plan[done++ % plan.length]!
    const x = Net.input(net, samples, positions)
    const y = tf.tensor1d(
      positions.map((position) => samples.labels[position]!),
      "int32"
    )
    const prepared = (performance.now() - started) / 1000
    const { weights, slots } = learned
    const { times, ...stepped } = Step.run(
      tf,
      ops,
      { model, weights, slots, frozen: folded, mask, watch },
      training,
      x,
      y
    )
    tf.dispose([x, y])
    learned = { ...learned, iteration: learned.iteration + 1 }
    return Ledger.metered(
      stepped,
      Ledger.cost("forward", prepared + times.forward),
      Ledger.cost("backward", times.backward),
      Ledger.cost("optimiser", times.optimiser),
      ...(watch === "nothing" ? [] : [Ledger.cost("probe", times.watch)])
    )
  }

  return {
    steps: plan.length,
    step,
    freeze(units) {
      learned = { ...learned, frozen: onlyBody(units) }
      Model.release(folded)
      folded = foldFrozen(net, learned)
    },
    watch(what) {
      watch = what
    },
    grams: (probe) => Net.folded(net, learned.weights, (units) => Net.grams(net, units, probe)),
    validate: (samples) => Net.folded(net, learned.weights, (units) => judge(net, units, learned, samples)),
    learned: () => learned,
    release(keep) {
      Model.release(folded)
      mask.dispose()
      if (!keep) Learned.release(learned)
    }
  }
}

/** Far below any logit, and finite, so that its product with a probability of 0 is 0. */
const unseen = -1e9

const foldFrozen = (net: Net.Net, { weights, frozen }: Learned.Learned): Model.FoldedUnits =>
  Model.fold(net.tf, net.ops, net.model, weights, (unit) => frozen[unit] === true)

/** The head always trains. */
export const onlyBody = (units: ReadonlyArray<boolean>): ReadonlyArray<boolean> =>
  units.map((frozen, i) => frozen && i < units.length - 1)

export const judge = (
  net: Net.Net,
  units: Model.FoldedUnits,
  { seen }: Learned.Learned,
  samples: Examples
): Validation => Judge.validate(Net.logits(net, units, samples), samples.labels, Learned.answers(seen))

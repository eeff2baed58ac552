/** A round of training in this process: a copy of what was learnt, trained step by step. Plain calls, no Effect. */
import type { Watched } from "@edgeol/core/Decision"
import * as Labels from "@edgeol/core/Examples"
import type { Examples } from "@edgeol/core/Examples"
import type { Stepped, Validation } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Recipe from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import * as Batches from "./Batches.ts"
import * as Judge from "./Judge.ts"
import * as Latents from "./Latents.ts"
import * as Learned from "./Learned.ts"
import * as Model from "./Model.ts"
import * as Net from "./Net.ts"
import * as Beside from "./selfSupervised/Beside.ts"
import * as RigL from "./sparse/RigL.ts"
import * as Step from "./Step.ts"
import * as Weights from "./Weights.ts"

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

/** How a round trains; the share of its samples is chosen before. */
export interface How {
  readonly recipe: Recipe.Recipe
  /** Samples to mix in, where the recipe says so. */
  readonly stored: Examples
}

/**
 * Learns from the samples whose label is known, and from others where the recipe is self-supervised; none make a round
 * without steps.
 */
export const begin = (
  net: Net.Net,
  training: Training,
  from: Learned.Learned,
  given: Examples,
  { recipe, stored }: How = { recipe: {}, stored: Labels.empty(given.shape) }
): Round => {
  const { tf, ops, model } = net
  const { selfSupervised, sparse } = { ...Recipe.defaults, ...recipe }
  const fresh = Recipe.isSelfSupervised(recipe) ? given : Labels.labelled(given)
  const samples = stored.count === 0 ? fresh : Labels.concat([fresh, stored], fresh.shape)
  const seen = from.seen.map((before, label) => before || samples.labels.includes(label))
  const rng = Rng.restore(from.rng)
  const own = Batches.plan(fresh.count, training.batchSize, Recipe.passes(recipe, training.epochs), rng)
  const plan = Batches.mixed(own, fresh.count, stored.count, recipe.replay ?? 0, rng)
  const copy = Learned.copy(tf, from)
  const beside = Recipe.isSelfSupervised(recipe)
    ? Beside.begin(net, copy.weights, samples, selfSupervised.weight, rng)
    : undefined
  if (recipe.carry === false) Weights.release(copy.slots)
  if (sparse.density < 1) RigL.begin(tf, ops, model, copy, sparse.density, copy.frozen)
  else RigL.end(copy.weights)
  let learned: Learned.Learned = { ...copy, seen, rng: rng.state() }
  let folded = foldFrozen(net, learned)
  const kept = () => (recipe.cache === true ? cached(learned.frozen, samples.count) : undefined)
  let latents = kept()
  /** What a step runs: all units, or those behind the prefix whose activations are kept. */
  const tail = () => ({ model: behind(model, latents), frozen: folded.slice(latents?.depth ?? 0) })
  let trained = tail()
  const mask = tf.keep(tf.tensor1d(seen.map((known) => (known ? 0 : unseen))))
  let done = 0

  let watch: Watched = "nothing"

  const step = (): Ledger.Metered<Stepped> => {
    const started = performance.now()
    const positions = plan[done % plan.length]!
    const rewire =
      sparse.density < 1 ? RigL.fraction(sparse, learned.iteration, done % plan.length, plan.length) : undefined
    done += 1
    const x =
      latents === undefined
        ? Net.input(net, samples, positions)
        : Latents.input(net, latents, folded, samples, positions)
    const labels = positions.map((position) => samples.labels[position]!)
    const y = tf.tensor1d(
      labels.map((label) => Math.max(0, label)),
      "int32"
    )
    const rows = weightsOf(net, labels)
    const views = beside?.views(positions)
    const prepared = (performance.now() - started) / 1000
    const { weights, slots } = learned
    const state: Step.State = {
      ...trained,
      weights,
      slots,
      mask,
      watch,
      ...(rows === undefined ? {} : { rows }),
      ...(views === undefined ? {} : { agreement: { ...beside!, views, frozen: folded } }),
      ...(rewire === undefined ? {} : { rewire })
    }
    const { times, ...stepped } = Step.run(tf, ops, state, training, x, y)
    tf.dispose([x, y, ...(rows === undefined ? [] : [rows]), ...(views === undefined ? [] : [views])])
    learned = { ...learned, iteration: learned.iteration + 1 }
    return Ledger.metered(
      latents === undefined ? stepped : whole(stepped, latents.depth),
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
      if (prefix(learned.frozen) !== (latents?.depth ?? 0)) latents = kept()
      trained = tail()
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

/** The mean is over samples whose label is known; nothing to say where all are. */
const weightsOf = ({ tf }: Net.Net, labels: Int32Array) => {
  const known = labels.filter((label) => label !== Labels.unknown).length
  if (known === labels.length) return undefined
  return tf.tensor2d(
    Float32Array.from(labels, (label) => (label === Labels.unknown ? 0 : 1 / known)),
    [labels.length, 1]
  )
}

/** Leading units that keep their weights. */
const prefix = (frozen: ReadonlyArray<boolean>): number => Math.max(0, frozen.indexOf(false))

const cached = (frozen: ReadonlyArray<boolean>, samples: number): Latents.Latents | undefined =>
  prefix(frozen) === 0 ? undefined : Latents.make(prefix(frozen), samples)

const behind = (model: Model.Model, latents: Latents.Latents | undefined): Model.Model =>
  latents === undefined ? model : { ...model, units: model.units.slice(latents.depth) }

/** With the units of the prefix, which did not train. */
const whole = ({ loss, units }: Stepped, depth: number): Stepped =>
  units === undefined ? { loss } : { loss, units: [...Array.from({ length: depth }, () => NaN), ...units] }

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

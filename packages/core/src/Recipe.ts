/** How rounds train: what a policy may say of them beside when they start and which units they train. */
import * as Schema from "effect/Schema"

const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThan(0)))
const Share = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)), Schema.check(Schema.isLessThanOrEqualTo(1)))
const NotNegative = Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
const Fraction = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

/** Each field on its own: one that is not said is as `defaults` has it. */
export const fields = {
  /** Passes over a round's samples; 0 is as many as the learner was told. */
  epochs: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))),
  /** Only this share of a round's samples: those with the largest loss under the serving model. */
  share: Schema.optionalKey(Share),
  /** Stored samples mixed into every minibatch. They are drawn from a store that rounds with replay fill. */
  replay: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))),
  /** What the store keeps: as many of the newest of each class, or a uniform sample of all (Vitter, 1985). */
  store: Schema.optionalKey(Schema.Literals(["balanced", "uniform"])),
  /** Samples that the store has room for. */
  capacity: Schema.optionalKey(Count),
  /** Whether activations of the frozen prefix are kept over a round's epochs instead of computed again. */
  cache: Schema.optionalKey(Schema.Boolean),
  /** Whether momentum goes on from the round before; else it starts at zero. */
  carry: Schema.optionalKey(Schema.Boolean),
  /** Learn from unlabelled samples too: `weight` times SimSiam's loss on views of all (Chen and He, 2021). 0 is without. */
  selfSupervised: Schema.optionalKey(Schema.Struct({ weight: NotNegative })),
  /**
   * Only this share of all kernels' numbers is not 0; every so many steps each kernel drops a share of them and grows as
   * many elsewhere, by a cosine from `drop` to none over a round (RigL; Evci et al., 2020). A density of 1 is without.
   */
  sparse: Schema.optionalKey(Schema.Struct({ density: Share, every: Count, drop: Fraction }))
}

export const Recipe = Schema.Struct(fields)
export type Recipe = typeof Recipe.Type

/** Said as a whole, they unsay all that was said before. */
export const defaults: Required<Recipe> = {
  epochs: 0,
  share: 1,
  replay: 0,
  store: "balanced",
  capacity: 256,
  cache: false,
  carry: true,
  selfSupervised: { weight: 0 },
  sparse: { density: 1, every: 100, drop: 0.3 }
}

/** Both; where both say a field, the later. */
export const merge = (earlier: Recipe, later: Recipe): Recipe => ({ ...earlier, ...later })

/** How often a round passes over its samples, where the learner was told `usual`. */
export const passes = ({ epochs = defaults.epochs }: Recipe, usual: number): number => (epochs === 0 ? usual : epochs)

/** How many of so many samples a round learns. */
export const selected = ({ share = defaults.share }: Recipe, samples: number): number =>
  Math.ceil(share * samples - 1e-9)

/** Whether a round learns from unlabelled samples too. */
export const isSelfSupervised = ({ selfSupervised = defaults.selfSupervised }: Recipe): boolean =>
  selfSupervised.weight > 0

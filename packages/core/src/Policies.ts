/**
 * The policies by name, as the command line and files write them, and how parts of them compose: one that starts rounds,
 * one that says what they train, any that say how, and one that tells all of scenario changes, as `periodic:8+linear` or
 * `immediate+prefix:2+cached+replay:16+adwin`.
 */
import * as Adwin from "./detectors/Adwin.ts"
import * as Ddm from "./detectors/Ddm.ts"
import * as EnergyScore from "./detectors/EnergyScore.ts"
import * as Kswin from "./detectors/Kswin.ts"
import * as None from "./detectors/None.ts"
import * as PageHinkley from "./detectors/PageHinkley.ts"
import * as Prequential from "./detectors/Prequential.ts"
import * as Specification from "./internal/Specification.ts"
import * as AutoFreeze from "./policies/AutoFreeze.ts"
import * as BackOff from "./policies/BackOff.ts"
import * as BreakEven from "./policies/BreakEven.ts"
import * as CachedPrefix from "./policies/CachedPrefix.ts"
import * as Cara from "./policies/Cara.ts"
import * as Drift from "./policies/Drift.ts"
import * as EdgeOL from "./policies/EdgeOL.ts"
import * as Egeria from "./policies/Egeria.ts"
import * as Ekya from "./policies/Ekya.ts"
import * as Epochs from "./policies/Epochs.ts"
import * as ErrorBudget from "./policies/ErrorBudget.ts"
import * as FastHead from "./policies/FastHead.ts"
import * as FreshMomentum from "./policies/FreshMomentum.ts"
import * as HardSamples from "./policies/HardSamples.ts"
import * as Immediate from "./policies/Immediate.ts"
import * as LastK from "./policies/LastK.ts"
import * as LinearFreezing from "./policies/LinearFreezing.ts"
import * as Never from "./policies/Never.ts"
import * as Periodic from "./policies/Periodic.ts"
import * as PipeTransformer from "./policies/PipeTransformer.ts"
import * as Replay from "./policies/Replay.ts"
import * as RigL from "./policies/RigL.ts"
import * as Settled from "./policies/Settled.ts"
import * as SimFreeze from "./policies/SimFreeze.ts"
import * as SimSiam from "./policies/SimSiam.ts"
import * as SlimFit from "./policies/SlimFit.ts"
import * as StaticPrefix from "./policies/StaticPrefix.ts"
import * as TuningFrequency from "./policies/TuningFrequency.ts"
import * as Policy from "./Policy.ts"

type Detect = <State>(policy: Policy.Policy<State>) => Policy.Policy

interface Part<Made> {
  readonly about: string
  /** The field that `name:value` sets. */
  readonly short?: string
  /** It acts on scenario changes, and so needs to be told of them. */
  readonly hears?: true
  readonly make: (config: any) => Made
}

/** Start rounds. */
const when: Readonly<Record<string, Part<Policy.Policy>>> = {
  never: { make: Never.make, about: "answers with the initial model" },
  immediate: { make: Immediate.make, about: "a round at every batch" },
  periodic: { make: Periodic.make, short: "every", about: "a round every k batches, periodic:k" },
  "back-off": { make: BackOff.make, short: "most", hears: true, about: "rounds at 1, 2, 4 … batches after a change" },
  "error-budget": {
    make: ErrorBudget.make,
    short: "errors",
    about: "a round when k waiting samples were misclassified"
  },
  cara: { make: Cara.make, short: "price", about: "a round when staleness costs more wrong answers than its price" },
  drift: { make: Drift.make, short: "most", hears: true, about: "a round at each change, and when k batches wait" },
  frequency: { make: TuningFrequency.make, hears: true, about: "EdgeOL's inter-tuning alone" }
}

/** Say what rounds train; alone, of rounds at every batch. */
const what: Readonly<Record<string, Part<Policy.Policy>>> = {
  prefix: { make: StaticPrefix.make, short: "units", about: "the first k units frozen from the start, prefix:k" },
  "last-k": { make: LastK.make, short: "units", about: "only the last k units trained, last-k:k" },
  linear: { make: LinearFreezing.make, short: "steps", hears: true, about: "a frozen prefix that grows linearly" },
  "pipe-transformer": { make: PipeTransformer.make, hears: true, about: "each epoch freezes a share of what is open" },
  "auto-freeze": { make: AutoFreeze.make, hears: true, about: "freezes the prefix whose gradients change least" },
  egeria: {
    make: Egeria.make,
    hears: true,
    about: "freezes from the front what has stopped moving from its reference"
  },
  "slim-fit": { make: SlimFit.make, short: "rate", about: "rests the share of units whose weights changed least" },
  freeze: { make: SimFreeze.make, hears: true, about: "EdgeOL's intra-tuning alone" }
}

/** Say how rounds train, each in its own respect; alone, of rounds at every batch. */
const how: Readonly<Record<string, Part<Policy.Policy>>> = {
  epochs: { make: Epochs.make, short: "epochs", about: "rounds of k passes over their samples, epochs:k" },
  hard: { make: HardSamples.make, short: "share", about: "rounds on the hardest share of their samples, hard:share" },
  replay: { make: Replay.make, short: "samples", about: "k stored samples in every minibatch, replay:k" },
  cached: { make: CachedPrefix.make, about: "activations of the frozen prefix kept over a round's epochs" },
  settled: { make: Settled.make, short: "loss", about: "ends rounds whose loss is low or has stopped falling" },
  fresh: { make: FreshMomentum.make, about: "momentum from zero in each round" },
  simsiam: { make: SimSiam.make, short: "weight", about: "learns from unlabelled samples too, simsiam:weight" },
  rigl: { make: RigL.make, short: "density", about: "sparse kernels whose zeros move, rigl:density" }
}

const plain =
  (name: string, detect: Detect) =>
  (config: object): Detect => {
    Policy.config(name, Policy.NoFields)(config)
    return detect
  }

/** Tell the others of scenario changes; alone, `drift`. Without one of these, what hears of changes has EdgeOL's own. */
const changes: Readonly<Record<string, Part<Detect>>> = {
  adwin: { make: Adwin.detect, short: "delta", about: "adaptive windowing" },
  ddm: { make: Ddm.detect, short: "deviations", about: "the drift detection method" },
  kswin: { make: Kswin.detect, short: "alpha", about: "Kolmogorov-Smirnov windowing" },
  "page-hinkley": { make: PageHinkley.detect, short: "lambda", about: "the Page-Hinkley test" },
  energy: { make: EnergyScore.detect, short: "z", about: "the requests' free energy" },
  labels: { make: Prequential.detect, short: "z", about: "failing on labelled batches" },
  oracle: { make: plain("oracle", (policy) => policy), about: "the stream's true borders" },
  blind: { make: plain("blind", None.detect), about: "hides all changes" }
}

/** Learn beside the rounds; alone, instead of them. */
const beside: Readonly<Record<string, Part<Policy.Policy>>> = {
  head: {
    make: FastHead.make,
    short: "batches",
    about: "the fast head learns every batch, or only the first k, head:k"
  }
}

/** Say both themselves. */
const whole: Readonly<Record<string, Part<Policy.Policy>>> = {
  ekya: {
    make: Ekya.make,
    short: "window",
    about: "in windows of k batches, the round that short trials predict most of, ekya:k"
  },
  edgeol: { make: EdgeOL.make, about: "inter- and intra-tuning with a change detector" },
  breakEven: {
    make: BreakEven.make,
    short: "price",
    about: "a fast head, and deep rounds when waiting has cost as much"
  }
}

const tables = { when, what, how, beside, changes, whole }
type Kind = keyof typeof tables
const kinds = Object.keys(tables) as ReadonlyArray<Kind>

/** A part that was asked for, made. */
type Chosen = { readonly name: string; readonly hears: boolean } & (
  | { readonly kind: Exclude<Kind, "changes">; readonly made: Policy.Policy }
  | { readonly kind: "changes"; readonly made: Detect }
)

const names = kinds.flatMap((kind) => Object.keys(tables[kind]))

const find = (name: string): readonly [Kind, Part<any>] => {
  const kind = kinds.find((of) => Object.hasOwn(tables[of], name))
  if (kind !== undefined) return [kind, tables[kind][name]!]
  throw new Policy.ConfigError({ message: `There is no policy "${name}"; there are ${names.join(", ")}.` })
}

const choose = (name: string, config: object): Chosen => {
  const [kind, { make, hears = false }] = find(name)
  try {
    return { kind, name, hears, made: make(config) }
  } catch (error) {
    throw error instanceof Policy.ConfigError ? underName(name, error) : error
  }
}

/** A part of a policy complains by its own name; people know the one that they typed. */
const underName = (name: string, { message }: Policy.ConfigError) =>
  new Policy.ConfigError({ message: message.replace(/^[\w-]+:/, `${name}:`) })

/** One policy of parts: at most one of each kind, but of those that say how one of each name. */
const compose = (name: string, parts: ReadonlyArray<Chosen>): Policy.Policy => {
  refuse(parts)
  const [trigger, freezer] = [made(parts, "when"), made(parts, "what")]
  const tells = parts.find((part) => part.kind === "changes")
  const head = made(parts, "beside")
  const rounds = made(parts, "whole") ?? trigger ?? byDefault(parts)
  const sized = freezer === undefined ? rounds : Policy.both(name, rounds, freezer)
  const trained = hows(parts).reduce((policy, part) => Policy.both(name, policy, part), sized)
  const policy = head === undefined ? trained : Policy.both(name, head, trained)
  const detect = tells?.made ?? (parts.some(({ hears }) => hears) ? EdgeOL.detect() : undefined)
  return { ...(detect?.(policy) ?? policy), name }
}

/** When rounds start, where no part says it. */
const byDefault = (parts: ReadonlyArray<Chosen>): Policy.Policy => {
  const only = parts.length === 1 ? parts[0]!.kind : undefined
  return only === "beside" ? Never.make() : only === "changes" ? Drift.make() : Immediate.make()
}

const made = (parts: ReadonlyArray<Chosen>, kind: Exclude<Kind, "changes">) => {
  const part = parts.find((of) => of.kind === kind)
  return part?.kind === kind ? part.made : undefined
}

const hows = (parts: ReadonlyArray<Chosen>) => parts.flatMap((part) => (part.kind === "how" ? [part.made] : []))

const refuse = (parts: ReadonlyArray<Chosen>): void => {
  for (const [i, { kind, name }] of parts.entries()) {
    const other = parts
      .slice(0, i)
      .find(
        (part) =>
          (part.kind === kind && (kind !== "how" || part.name === name)) ||
          (part.kind === "whole" && rounds(kind)) ||
          (kind === "whole" && rounds(part.kind))
      )
    if (other === undefined) continue
    const why = other.kind === kind ? clash[kind] : "one of them is a whole policy"
    throw new Policy.ConfigError({ message: `${other.name} and ${name} do not go together: ${why}.` })
  }
}

/** A whole policy says itself what these say. */
const rounds = (kind: Kind) => kind !== "beside" && kind !== "how"

const clash = {
  when: "both start rounds",
  what: "both say what rounds train",
  how: "it says one thing once",
  beside: "it learns once",
  changes: "both tell of changes",
  whole: "both are whole policies"
}

/** Each by its name, with what it is completed by where it is a part. */
export const all: Readonly<Record<string, { readonly about: string; readonly make: (config: any) => Policy.Policy }>> =
  Object.fromEntries(
    names.map((name) => [
      name,
      { about: find(name)[1].about, make: (config: object = {}) => compose(name, [choose(name, config)]) }
    ])
  )

/**
 * A policy from its specification: parts joined by `+`, each `name`, `name:value` or
 * `name:field=value,outer.inner=value`. Throws `ConfigError` with the names that exist.
 */
export const parse = (specification: string): Policy.Policy =>
  compose(
    specification,
    Specification.parts(specification).map(([name, rest]) =>
      choose(name, Specification.fields(rest, find(name)[1].short, name))
    )
  )

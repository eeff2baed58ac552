/**
 * Drift detectors of the literature, all of which look for a rise in numbers between 0 and 1, and how a policy hears of
 * their alarms. The numbers are either
 *
 * - `errors`: 0 or 1 for each sample of a labelled batch that is tested on before it is learnt (prequential; Dawid, 1984).
 *   Batches tell how many failed and not which, so failures are spread evenly over the batch. One forward pass a batch.
 * - `energy`: for each request, how far its free energy (Liu et al., NeurIPS 2020) lies from those of familiar samples,
 *   `min(1, |E - mean| / (4 deviation))`, both by the validation after the last round. Silent before the first.
 */
import { Schema } from "effect"
import * as Decision from "../Decision.ts"
import * as Told from "../internal/Told.ts"
import type { Observation } from "../Observation.ts"
import * as Policy from "../Policy.ts"

/** What is looked at. */
export const Of = Policy.field(Schema.Literals(["errors", "energy"]), "errors")

/** A fold over numbers between 0 and 1. */
export interface Detector<Seen> {
  readonly name: string
  readonly config: { readonly of: "errors" | "energy" }
  readonly initial: Seen
  /** What is remembered after one more number, and whether it raises the alarm; after one, memory begins anew. */
  readonly look: (seen: Seen, x: number) => readonly [seen: Seen, alarm: boolean]
}

export interface State<Seen, Inner> {
  readonly seen: Seen
  /** Mean and deviation of the free energy of familiar samples; a deviation of 0 before they are known. */
  readonly mean: number
  readonly deviation: number
  readonly inner: Inner
}

/** Tells a policy of the detector's alarms as scenario changes, besides those of other detectors; hides the oracle's. */
export const detect =
  <Seen>({ name, config, initial, look }: Detector<Seen>) =>
  <Inner>(policy: Policy.Policy<Inner>): Policy.Policy<State<Seen, Inner>> => {
    const asksAt = config.of === "errors" ? "BatchArrived" : "RoundFinished"
    const asks = config.of === "errors" ? Decision.pretest : Decision.validate
    return {
      name: policy.name,
      config: { detector: { [name]: config }, policy: policy.config },
      initial: { seen: initial, mean: 0, deviation: 0, inner: policy.initial },
      decide(state, observation) {
        if (Told.byOracle(observation)) return [state, Decision.wait]
        const { mean, deviation } = familiar(state, observation)
        const [seen, alarm] = folded(look, state.seen, numbers(config.of, state, observation))
        const [inner, decision] = policy.decide(state.inner, observation)
        const wanted = observation._tag === asksAt ? Decision.all(decision, asks) : decision
        if (!alarm) return [{ seen, mean, deviation, inner }, wanted]
        const [after, more] = policy.decide(inner, Told.change(observation.at))
        return [{ seen, mean, deviation, inner: after }, Decision.all(wanted, more)]
      }
    }
  }

interface Familiar {
  readonly mean: number
  readonly deviation: number
}

const familiar = (known: Familiar, observation: Observation): Familiar => {
  if (observation._tag !== "Validated") return known
  const { energyMean: mean, energyDeviation: deviation } = observation
  return Number.isFinite(mean) && deviation > 0 && deviation < Infinity ? { mean, deviation } : known
}

const numbers = (of: "errors" | "energy", known: Familiar, observation: Observation): ReadonlyArray<number> => {
  if (of === "errors") return observation._tag === "Pretested" ? spread(observation) : none
  if (observation._tag !== "RequestServed" || !Number.isFinite(observation.energy) || known.deviation === 0) return none
  return [Math.min(1, Math.abs(observation.energy - known.mean) / (4 * known.deviation))]
}

const none: ReadonlyArray<number> = []

/** As many ones as samples failed, evenly among zeros. */
const spread = ({ accuracy, samples }: { readonly accuracy: number; readonly samples: number }) => {
  if (!(accuracy >= 0 && accuracy <= 1)) return none
  const failed = Math.round((1 - accuracy) * samples)
  const upTo = (i: number) => Math.floor((i * failed) / samples)
  return Array.from({ length: samples }, (_, i) => upTo(i + 1) - upTo(i))
}

const folded = <Seen>(
  look: Detector<Seen>["look"],
  from: Seen,
  xs: ReadonlyArray<number>
): readonly [Seen, boolean] => {
  let seen = from
  let alarmed = false
  for (const x of xs) {
    const [next, alarm] = look(seen, x)
    seen = next
    alarmed ||= alarm
  }
  return [seen, alarmed]
}

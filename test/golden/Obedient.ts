/**
 * A world that does at once what a policy asks, and whose measurements are drawn by lot: it shows what policies do with
 * the consequences of what they decided. Nothing in it is calculated but sums and quotients of integers, so it is the
 * same on every machine.
 */
import * as Decision from "@edgeol/core/Decision"
import type { Observation } from "@edgeol/core/Observation"
import type { Policy } from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import { joules, seconds } from "@edgeol/core/Units"

const units = 4
const arrivals = 400

/** Hands each observation with what was decided to `meet`. */
export const live = (policy: Policy, meet: (observation: Observation, decision: Decision.Decision) => void): void => {
  const rng = Rng.named(1, "obedient")
  const share = (of: number) => rng.below(of + 1) / of
  let state = policy.initial
  let [millis, batches, waiting, rounds, iterations] = [0, 0, 0, 0, 0]
  const now = () => seconds((millis += 1 + rng.below(50)) / 1000)

  const see = (observation: Observation, depth = 0): void => {
    const [next, decision] = policy.decide(state, observation)
    state = next
    meet(observation, decision)
    if (depth < 4) for (const part of Decision.parts(decision)) answer(part, depth + 1)
  }
  const each = (least: number) => Array.from({ length: units }, () => least + share(64))
  const answer = (asked: Decision.Single, depth: number) => {
    const [at, accuracy, loss] = [now(), share(64), 4 * share(1000)]
    switch (asked._tag) {
      case "Train":
        return waiting === 0 ? undefined : round(depth)
      case "Adapt":
        return see({ _tag: "Adapted", at, batch: batches - 1, samples: 16, accuracy }, depth)
      case "Pretest":
        return see({ _tag: "Pretested", at, batch: batches - 1, samples: 16, accuracy, loss }, depth)
      case "Validate":
        return see(
          { _tag: "Validated", at, samples: 8, accuracy, loss, energyMean: -9 * accuracy, energyDeviation: loss },
          depth
        )
      case "Probe":
        return see({ _tag: "Probed", at, similarity: each(0) }, depth)
      case "Compare":
        return see({ _tag: "Compared", at, distance: each(0) }, depth)
      default:
        return undefined
    }
  }
  const round = (depth: number) => {
    const [taken, before] = [waiting, iterations]
    waiting = 0
    rounds += 1
    see({ _tag: "RoundStarted", at: now(), round: rounds, batches: taken, samples: 16 * taken }, depth)
    for (let step = 0; step < 2 * taken; step++) {
      iterations += 1
      const stepped = { round: rounds, iteration: iterations, loss: 4 * share(1000), units: each(-0.5) }
      see({ _tag: "StepFinished", at: now(), ...stepped }, depth)
    }
    const cost = joules(1 + taken * share(100))
    const made = { round: rounds, batches: taken, iterations: iterations - before }
    see({ _tag: "RoundFinished", at: now(), ...made, seconds: seconds(taken / 8), joules: cost }, depth)
  }

  see({ _tag: "Started", at: seconds(0), units })
  for (let arrival = 0; arrival < arrivals; arrival++) {
    if (rng.below(40) === 0) see({ _tag: "ScenarioChanged", at: now(), source: "oracle" })
    waiting += 1
    see({ _tag: "BatchArrived", at: now(), batch: batches++, samples: 16 })
    for (let request = rng.below(4); request > 0; request--) {
      const [at, energy, confidence] = [now(), -12 * share(200), share(100)]
      see({ _tag: "RequestServed", at, request: 4 * arrival + request, arrivedAt: at, energy, confidence })
    }
  }
}

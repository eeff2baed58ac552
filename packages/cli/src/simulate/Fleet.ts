/** Simulated devices as one: what they did and spent is added up, and requests are counted whoever answered them. */
import { createHash } from "node:crypto"
import { activities } from "@edgeol/core/Ledger"
import * as Summary from "@edgeol/core/Summary"
import type { Simulated } from "@edgeol/sim/Simulate"

export type Together = Pick<Simulated, "summary" | "fingerprint">

export interface Fleet {
  readonly add: (device: Simulated) => void
  readonly count: () => number
  /** Rounds, seconds, joules: totals; accuracy: the mean over all requests; latencies: quantiles of all of them. */
  readonly together: () => Together
}

/** Devices are folded in one by one, so that ten thousand take no more memory than one. */
export const make = (): Fleet => {
  const tally = Summary.empty()
  const prints = createHash("sha256")
  let [count, last] = [0, ""]
  return {
    add(device) {
      include(tally, device.tally)
      prints.update(device.fingerprint)
      last = device.fingerprint
      count += 1
    },
    count: () => count,
    together: () => ({
      summary: Summary.summary(tally),
      fingerprint: count === 1 ? last : prints.copy().digest("hex").slice(0, 16)
    })
  }
}

const include = (tally: Summary.Tally, more: Summary.Tally) => {
  tally.rounds += more.rounds
  tally.iterations += more.iterations
  tally.requests += more.requests
  tally.joules += more.joules
  tally.accuracy += more.accuracy
  tally.correct += more.correct
  tally.seen += more.seen
  tally.sights += more.sights
  for (let i = 0; i < activities.length; i++) {
    const spent = more.seconds[i]!
    if (!Number.isNaN(spent)) tally.seconds[i] = (tally.seconds[i]! || 0) + spent
  }
  tally.latencies.merge(more.latencies)
}

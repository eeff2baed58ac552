/**
 * What every built-in policy decides on the same drawn histories and in an obedient world, as fingerprints: equal on every machine, for policies
 * calculate with nothing but exact operations. `decisions.json` is frozen, and known from nowhere else.
 *
 *     node test/golden/Decisions.ts            prints them
 *     node test/golden/Decisions.ts --write    freezes them anew, when a policy or the histories have changed
 */
import { writeFileSync } from "node:fs"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import type { Observation } from "@edgeol/core/Observation"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import { anyHistory } from "@edgeol/verify/History"
import fc from "fast-check"
import { anyConfig } from "../arbitraries/Policy.ts"
import * as Obedient from "./Obedient.ts"

export type Decisions = Readonly<Record<string, string>>

const seed = 20_261_122

/** Half of them with measurements that are broken. */
const histories = (): ReadonlyArray<ReadonlyArray<Observation>> => [
  ...fc.sample(anyHistory(), { seed, numRuns: 10 }),
  ...fc.sample(anyHistory({ broken: false, moves: 80 }), { seed, numRuns: 10 })
]

/** By the names of `Policies.all`, each in three configurations. */
export const all = (): Decisions => {
  const met = histories()
  return Object.fromEntries(
    Object.entries(Policies.all).map(([name, { make }]) => {
      const configs = fc.sample(anyConfig[name] ?? fc.constant({}), { seed, numRuns: 3 })
      return [name, of(configs.map(make), met)]
    })
  )
}

const of = (policies: ReadonlyArray<Policy>, met: ReadonlyArray<ReadonlyArray<Observation>>): string => {
  const fingerprint = Fingerprint.make()
  for (const policy of policies) {
    for (const history of met) {
      let state = policy.initial
      for (const observation of history) {
        const [next, decision] = policy.decide(state, observation)
        fingerprint.add(observation, decision)
        state = next
      }
    }
    Obedient.live(policy, fingerprint.add)
  }
  return fingerprint.value()
}

if (import.meta.main) {
  const text = `${JSON.stringify(all(), null, 2)}\n`
  if (process.argv.includes("--write")) writeFileSync(new URL("./decisions.json", import.meta.url), text)
  else process.stdout.write(text)
}

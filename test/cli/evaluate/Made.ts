/** Runs made up for tests of what is counted and drawn; their numbers are of no experiment. */
import type { Plan } from "@edgeol/cli/evaluate/Plan"
import type { Run } from "@edgeol/cli/evaluate/Results"
import * as Rng from "@edgeol/core/Rng"

export const run = (changes: Partial<Run> = {}): Run => ({
  stream: "fields/ni@1",
  model: "convnet",
  policy: "immediate",
  seed: 1,
  rounds: "cold",
  finished: 10,
  iterations: 80,
  requests: 100,
  seconds: 10,
  joules: 100,
  meter: "orin-nano@15W",
  accuracy: 0.5,
  seen: 0.4,
  latencyP50: 0.001,
  latencyP99: 0.4,
  activities: { startUp: 6, load: 1, forward: 1, backward: 1, save: 1 },
  weights: "1".repeat(64),
  versions: { edgeol: "0.1.0", machine: "a machine" },
  ...changes
})

export const plan: Plan = {
  rounds: "cold",
  seeds: [11, 12, 13],
  streams: ["fields/ni", "woods/nc"],
  policies: ["immediate", "edgeol", "breakEven", "periodic:4", "never"],
  chosen: { seeds: [101] }
}

/** Rounds for each of immediate's, points gained, and whether the policy probes. */
const habits: Readonly<Record<string, readonly [share: number, points: number, probes: number]>> = {
  immediate: [1, 0, 0],
  edgeol: [0.4, 0.01, 0.2],
  breakEven: [0.05, 0.08, 0.1],
  "periodic:4": [0.25, -0.02, 0],
  never: [0, -0.2, 0]
}

/** All runs of the plan, with some luck in each. */
export const runs: ReadonlyArray<Run> = plan.streams.flatMap((stream) =>
  plan.seeds.flatMap((seed) =>
    plan.policies.map((policy) => {
      const [share, points, probes] = habits[policy]!
      const rng = Rng.named(seed, `${stream}/${policy}`)
      const luck = () => 0.03 * (rng.next() - 0.5)
      const steps = share * (8 + 20 * luck())
      const probe = probes * (1 + luck())
      const activities = { startUp: 18 * share, load: 2 * share, forward: steps, backward: steps, probe, save: share }
      const seconds = 21 * share + 2 * steps + probe
      return run({
        stream: `${stream}@1`,
        policy,
        seed,
        finished: Math.round(40 * share),
        seconds,
        joules: 7 * seconds,
        accuracy: 0.5 + points + luck(),
        seen: 0.35 + 2 * points + luck(),
        activities
      })
    })
  )
)

/** How much faster it is to simulate a run than to emulate it: seconds of the processor of the same run, both ways. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Policies from "@edgeol/core/Policies"
import type { Surrogate } from "@edgeol/sim/surrogate/Surrogate"
import { Effect, Schema } from "effect"
import * as World from "../World.ts"
import * as Foretell from "./Foretell.ts"
import * as Start from "./Start.ts"

export const Speed = Schema.Struct({
  policy: Schema.String,
  seed: Schema.Int,
  /** Processor seconds of a run, all threads counted; of the emulated one without those of the deployed model. */
  emulated: Schema.Finite,
  simulated: Schema.Finite,
  times: Schema.Finite
})
export type Speed = typeof Speed.Type

/** The commonest policy: it trains on every batch. */
const policy = "immediate"

/** A simulated run takes less than a millisecond: so many in a turn, and the quickest turn counts, warm and undisturbed. */
const repeats = 300
const turns = 6

/** Runs for real, once; takes as long as that. */
export const measure = Effect.fnUntraced(function* (surrogate: Surrogate, place: Start.Place) {
  yield* Start.judge(place)
  const world = yield* Start.world(place)
  mkdirSync(place.folder, { recursive: true })
  const folder = mkdtempSync(join(place.folder, "speed-"))
  const run = {
    policy: Policies.parse(policy),
    seed: place.seed,
    folder,
    initial: Start.initial(place),
    resume: false
  }
  const before = used()
  yield* World.run(world, run).pipe(Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true }))))
  const emulated = used() - before
  const simulated = simulating(surrogate, place.seed)
  return { policy, seed: place.seed, emulated, simulated, times: Math.round(emulated / simulated) } satisfies Speed
})

const simulating = (surrogate: Surrogate, seed: number): number => {
  const one = Foretell.simulation(surrogate, { policy, seed, rounds: "warm", meter: "orin-nano@15W" })
  const spent = Array.from({ length: turns }, () => {
    const before = used()
    for (let i = 0; i < repeats; i++) one({ seed: i })
    return (used() - before) / repeats
  })
  return Math.min(...spent)
}

const used = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

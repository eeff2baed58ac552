/**
 * A simulated day under guard. Whatever goes wrong (watts, latency, a policy that thrashes), the guard steps aside
 * in the very decision in which a plain recount of the tape first finds a promise broken; and it never does on a day that
 * keeps them.
 */
import * as Promises from "@edgeol/core/guards/Promises"
import * as Policies from "@edgeol/core/Policies"
import { beforeAll, describe, expect, test } from "vitest"
import * as Promised from "../laws/Promised.ts"
import * as Days from "./Days.ts"

const noon = 12 * 3600

let days: Days.Days
beforeAll(async () => {
  days = await Days.load()
})

describe.each(["immediate", "periodic:4", "edgeol", "breakEven:20"])("%s", (name) => {
  const policy = Policies.parse(name)

  test("is left alone in 24 hours inside the envelope, which other days drew", () => {
    const bounds = Days.around(
      [11, 12, 13, 14].map((seed) => Days.live(days, policy, seed).tape),
      1.25
    )
    let inside = 0
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const bare = Days.live(days, policy, seed)
      const guarded = Days.live(days, Promises.guard(bounds)(policy), seed)
      expect(bare.tape.at(-1)!.observation.at).toBeGreaterThan(23 * 3600)
      const stands = Promised.along(bare.tape)
      expect(guarded.breach !== undefined).toBe(stands.some(Days.isOutside(bounds)))
      if (guarded.breach !== undefined) continue
      inside += 1
      expect(guarded.fingerprint).toBe(bare.fingerprint)
    }
    expect(inside).toBeGreaterThan(3)
  })

  const seeds = [1, 2, 3, 4]
  const usual = (seed: number) => Days.around([Days.live(days, policy, seed).tape], 1.1)

  test("is stepped aside from when all watts are 20 % more", () => {
    const found = seeds.map((seed) =>
      Days.noticed(days, policy, seed, { joulesPerHour: usual(seed).joulesPerHour }, Days.hungry)
    )
    // breakEven makes fewer rounds when they cost more, and may stay within its promise.
    expect(found).toContain("joulesPerHour")
  })

  test("is stepped aside from when everything takes three times as long from noon on", () => {
    const found = seeds.map((seed) =>
      Days.noticed(days, policy, seed, { latency: usual(seed).latency }, Days.slow(noon))
    )
    expect(found).toContain("latency")
  })

  // A round takes a batch at least: one at every batch is as many as there can be.
  test.skipIf(name === "immediate")("is stepped aside from when it thrashes from noon on", () => {
    const found = seeds.map((seed) =>
      Days.noticed(days, Days.thrashing(policy, noon), seed, { roundsPerHour: usual(seed).roundsPerHour })
    )
    expect(found).toContain("roundsPerHour")
  })
})

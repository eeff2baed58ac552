import * as Decision from "@edgeol/core/Decision"
import * as Envelope from "@edgeol/core/guards/Envelope"
import type { Observation } from "@edgeol/core/Observation"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Policy from "@edgeol/core/Policy"
import * as Simulate from "@edgeol/sim/Simulate"
import { anySimWorld } from "@edgeol/test"
import * as Trials from "@edgeol/verify/Trials"
import * as Watch from "@edgeol/verify/Watch"
import fc from "fast-check"
import { expect, test } from "vitest"

const policy = (decide: (observation: Observation) => Decision.Decision) =>
  Policy.make({ name: "idea", config: {}, initial: null, decide: (_, state, seen) => [state, decide(seen)] })

const worlds = fc.sample(anySimWorld(), { numRuns: 20, seed: 2 })

test("a policy that is watched does what it does alone", () => {
  const bare = worlds.map((world) => Simulate.run(Immediate.make(), world()).fingerprint)
  const watched: Array<string> = []
  Watch.run(Immediate.make(), (of) => {
    for (const world of worlds) watched.push(Simulate.run(of, world()).fingerprint)
  })
  expect(watched).toEqual(bare)
})

test("the worst of several runs is the worst of each", () => {
  const each = worlds.map((world) => Watch.run(Immediate.make(), (of) => void Simulate.run(of, world())).worst)
  const all = Watch.run(Immediate.make(), (of) => worlds.forEach((world) => Simulate.run(of, world())))
  expect(all.worst).toEqual(each.reduce(Envelope.worst, Envelope.nothing))
})

test("a policy that throws or never lets time pass is stuck, and the run ends all the same", () => {
  const run = (of: Policy.Policy) =>
    Watch.run(of, (watched) => worlds.forEach((world) => Simulate.run(watched, world()))).stuck
  const throwing = policy(({ _tag }) => {
    if (_tag === "BatchArrived") throw new Error("no")
    return Decision.wait
  })
  expect(run(throwing)).toMatchObject({ promise: "decides", why: "no" })
  const endless = policy(({ _tag }) => (_tag === "Started" || _tag === "Validated" ? Decision.validate : Decision.wait))
  expect(run(endless)).toMatchObject({ promise: "progress", reached: Watch.patience + 1 })
  const sleepless = policy(({ at }) => Decision.wakeAt(at))
  expect(run(sleepless)).toMatchObject({ promise: "progress" })
  expect(run(Immediate.make())).toBeUndefined()
})

const any = fc.record({ scenario: fc.constant({} as never), seed: fc.nat(9999) })
const asIs = ({ seed }: { readonly seed: number }) => ({
  worst: { ...Envelope.nothing, latency: seed },
  stuck: undefined
})

test("days are drawn alike for the same seed, and a breach shrinks to the least day that has it", async () => {
  const options = { cases: 50, seed: 4 }
  const seeds = async () => (await Trials.all(any, asIs, options, () => {})).map(({ day }) => day.seed)
  const first = await seeds()
  expect(first).toHaveLength(50)
  expect(await seeds()).toEqual(first)
  const place = first.findIndex((seed) => seed > 100)
  expect(Trials.shrink(any, ({ seed }) => seed > 100, place, options)?.seed).toBe(101)
  expect(await Trials.all(any, asIs, { ...options, cases: 0 }, () => {})).toEqual([])
})

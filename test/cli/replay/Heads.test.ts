/** A head's surrogate is made again from runs of its own world, and holds for seeds of that world that it has not seen. */
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as HeadRecording from "@edgeol/cli/replay/HeadRecording"
import * as Heads from "@edgeol/cli/replay/Heads"
import * as Model from "@edgeol/cli/replay/Model"
import * as Accuracy from "@edgeol/sim/surrogate/Accuracy"
import * as Recording from "@edgeol/sim/surrogate/Recording"
import { Effect } from "effect"
import { expect, test } from "vitest"
import * as Recorded from "./Recorded.ts"

const surrogate = Effect.runSync(Atlas.of("patterns/nic@1"))

/** A tape of a surrogate with the head that comes with the program. */
const tape = (policy: string, seed: number) => {
  const bare = Recorded.tape(surrogate, "never", seed, 1)
  const { learnt } = Effect.runSync(Model.make(bare, "../shared/data"))
  return Recorded.tape(surrogate, policy, seed, 1, surrogate.body.stream, learnt!.head!.head)
}

const told = (policy: string, seed: number) => {
  const source = tape(policy, seed)
  const { arrivals } = Effect.runSync(Model.make(source, "../shared/data"))
  return { tape: source, arrivals }
}

test("a recording tells each batch of the head and each deep round, and every answer of a head", () => {
  const { tape: source, arrivals } = told("periodic:4+head", 900)
  const { rounds, sights } = HeadRecording.recording(source.entries, arrivals, { policy: "", seed: 900, scenes: 5 })
  const kinds = rounds.map(({ depths }) => depths[0])
  expect(kinds.filter((kind) => kind === 0)).toHaveLength(40)
  expect(kinds.filter((kind) => kind === 1)).toHaveLength(10)
  const first = source.entries.findIndex(({ observation }) => observation._tag === "Adapted")
  const answered = source.entries.slice(first).filter(({ observation }) => observation._tag === "RequestServed")
  expect(sights.reduce((sum, { requests }) => sum + requests, 0)).toBe(answered.length)
  expect(sights.every(({ version }) => version > 0)).toBe(true)
})

test("a fit foretells runs of seeds that it was not fitted on", { timeout: 120_000 }, () => {
  const policies = ["head", "immediate+head", "periodic:4+head"]
  const runs = [900, 901, 902].flatMap((seed) => policies.map((policy) => told(policy, seed)))
  const { body } = Heads.fit(runs, "before")
  expect(body.provenance).toMatchObject({ runs: 9, seeds: [900, 901, 902] })
  expect(body.range).toEqual({ batches: 40, steps: 320 })
  const plain = Accuracy.model(body.accuracy, new Float64Array(Accuracy.twinLength(body.scenes.length)))
  const errors = [910, 911, 912, 913, 914].flatMap((seed) =>
    policies.map((policy) => {
      const { tape: source, arrivals } = told(policy, seed)
      const one = HeadRecording.recording(source.entries, arrivals, { policy, seed, scenes: body.scenes.length })
      return Accuracy.foretell(plain, one) - Recording.accuracy(one)
    })
  )
  const bias = errors.reduce((sum, error) => sum + error, 0) / errors.length
  expect(Math.abs(bias)).toBeLessThan(0.04)
})

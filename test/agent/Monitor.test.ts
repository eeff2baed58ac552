/** Faults put into a running agent: the policy steps aside within one decision, and the agent says so. */
import { request } from "node:http"
import type { Envelope } from "@edgeol/core/guards/Envelope"
import type { Learner } from "@edgeol/core/Learner"
import * as Policies from "@edgeol/core/Policies"
import { joules } from "@edgeol/core/Units"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as InProcess from "./InProcess.ts"
import * as Toy from "./Toy.ts"

const model = Toy.folder()
let toy: Awaited<ReturnType<typeof Toy.subject>>
beforeAll(async () => {
  toy = await Toy.subject(model)
})
afterAll(() => Toy.remove(model))

const start = async (
  specification: string,
  envelope: Envelope,
  changes: Parameters<typeof InProcess.start>[2] = {}
) => {
  const folder = Toy.folder()
  const subject = { ...toy, policy: Policies.parse(specification), envelope }
  const agent = await InProcess.start(folder, subject, changes)
  onTestFinished(async () => {
    await agent.stop()
    Toy.remove(folder)
  })
  return agent
}

type Line = { readonly observation: { readonly _tag: string; readonly at: number }; readonly decision: unknown }

const tape = async (agent: InProcess.Running): Promise<ReadonlyArray<Line>> =>
  (await Client.get(agent.socket, "/tape")).text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Line)

const fallback = (agent: InProcess.Running) => Client.metric(agent.socket, "fallback")

/** Batches of eight that come until there are so many. */
const teach = async (agent: InProcess.Running, batches: number) => {
  for (let i = 0; i < batches; i++) await Client.teach(agent.socket, Toy.images(1, 8, 8 * i))
}

/** Every event of an agent, as it comes. */
const events = (agent: InProcess.Running): { text: string } => {
  const got = { text: "" }
  const listening = request({ ...(agent.socket as { socketPath: string }), path: "/events" }, (response) => {
    response.on("data", (chunk: Buffer) => (got.text += chunk.toString()))
    response.on("error", () => {})
  })
  listening.on("error", () => {})
  listening.end()
  return got
}

test("a policy that thrashes is stopped at the round that is one too many, and everybody is told", async () => {
  const agent = await start("immediate", { roundsPerHour: 2 })
  const told = events(agent)
  await expect.poll(() => told.text).toContain("event: status")
  // One after another, as a round takes all that waits.
  for (let rounds = 1; rounds <= 2; rounds++) {
    await teach(agent, 1)
    await expect.poll(() => Client.metric(agent.socket, "rounds_total"), { timeout: 30_000 }).toBe(rounds)
  }
  await teach(agent, 1)
  await expect.poll(() => fallback(agent), { timeout: 30_000 }).toBe(1)
  const lines = await tape(agent)
  const breach = (await Client.get(agent.socket, "/health")).json.breach
  expect(breach).toMatchObject({ promise: "roundsPerHour", reached: 3, bound: 2 })
  const at = lines.findIndex(({ observation }) => observation.at === breach.at)
  expect(lines.slice(0, at).every(({ decision }) => !JSON.stringify(decision).includes("StopRound"))).toBe(true)
  expect(JSON.stringify(lines[at]!.decision)).toContain("Freeze")
  await expect.poll(() => Client.metric(agent.socket, "batches_waiting")).toBeGreaterThan(0)
  expect(await Client.metric(agent.socket, "rounds_total")).toBe(2)
  expect(agent.said).toContainEqual(expect.stringMatching(/^The policy steps aside: roundsPerHour: 3 rounds\/h at/))
  await expect.poll(() => told.text).toContain("event: fallback\ndata: {")
  expect(await Client.predict(agent.socket, Toy.image(Toy.images(1, 1), 0))).toMatchObject({ status: 200 })
  const { text } = await Client.get(agent.socket, "/metrics")
  expect(text).toContain('edgeol_promise_left{promise="roundsPerHour"} -0.5')
})

test("power that is a fifth higher than promised stops the policy at the first round that it makes too dear", async () => {
  const rounds = 2
  const plain = await start("immediate", {})
  await teach(plain, rounds)
  await expect.poll(() => Client.metric(plain.socket, "rounds_total"), { timeout: 30_000 }).toBeGreaterThan(0)
  let factor = 1
  // A meter of its own, as fast as the clock, so that what a round costs does not hang on how busy this computer is.
  const steady = () => {
    let reading = 0
    return {
      kind: "measured" as const,
      source: "steps",
      read: () => Effect.sync(() => joules((reading += 0.1 * factor)))
    }
  }
  const cost = async (envelope: Envelope) => {
    const agent = await start("immediate", envelope, { meter: steady })
    await Client.teach(agent.socket, Toy.images(1, 8))
    await expect
      .poll(async () => (await Client.metric(agent.socket, "rounds_total")) || (await fallback(agent)), {
        timeout: 30_000
      })
      .toBe(1)
    const finished = (await tape(agent)).find(({ observation }) => observation._tag === "RoundFinished")
    return { agent, finished, joules: Number((finished?.observation as { joules?: number } | undefined)?.joules) }
  }
  const usual = await cost({})
  const kept = await cost({ joulesPerHour: usual.joules * 1.1 })
  expect(await fallback(kept.agent)).toBe(0)
  factor = 1.2
  const broken = await cost({ joulesPerHour: usual.joules * 1.1 })
  expect(await fallback(broken.agent)).toBe(1)
  const { breach } = (await Client.get(broken.agent.socket, "/health")).json
  expect(breach).toMatchObject({ promise: "joulesPerHour", at: broken.finished!.observation.at })
})

test("answers three times as slow as promised are noticed with the first of them", async () => {
  let pause = 0
  const slowed = (learner: Learner["Service"]): Learner["Service"] => ({
    ...learner,
    predict: (input) => Effect.delay(learner.predict(input), pause)
  })
  const agent = await start("periodic:100", { latency: 0.5 }, { learner: slowed })
  const image = Toy.image(Toy.images(1, 1), 0)
  for (let i = 0; i < 5; i++) await Client.predict(agent.socket, image)
  expect(await fallback(agent)).toBe(0)
  pause = 1500
  await Client.predict(agent.socket, image)
  await expect.poll(() => fallback(agent)).toBe(1)
  const lines = await tape(agent)
  const { breach } = (await Client.get(agent.socket, "/health")).json
  expect(breach.promise).toBe("latency")
  expect(breach.at).toBe(lines.findLast(({ observation }) => observation._tag === "RequestServed")!.observation.at)
})

test("once it stepped aside, a policy stays aside over a restart", async () => {
  const folder = Toy.folder()
  onTestFinished(() => Toy.remove(folder))
  const subject = { ...toy, policy: Policies.parse("immediate"), envelope: { roundsPerHour: 0 } }
  const first = await InProcess.start(folder, subject)
  await teach(first, 1)
  await expect.poll(() => fallback(first)).toBe(1)
  await first.stop()
  const again = await InProcess.start(folder, subject)
  onTestFinished(again.stop)
  expect(await fallback(again)).toBe(1)
})

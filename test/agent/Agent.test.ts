/** An agent in this process, with a toy model: asked, taught, stopped and started again. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Tape from "@edgeol/cli/Tape"
import { type EnergyMeter, MeterError } from "@edgeol/core/EnergyMeter"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as InProcess from "./InProcess.ts"
import * as Toy from "./Toy.ts"

const model = Toy.folder()
let initial: Awaited<ReturnType<typeof Toy.subject>>
beforeAll(async () => {
  initial = await Toy.subject(model)
})
afterAll(() => Toy.remove(model))

const subject = (specification: string) => ({ ...initial, policy: Policies.parse(specification) })

const home = () => {
  const folder = Toy.folder()
  onTestFinished(() => Toy.remove(folder))
  return folder
}

const rounds = (agent: InProcess.Running) => Client.metric(agent.socket, "rounds_total")

/** Once so many rounds serve and none runs. */
const learnt = (agent: InProcess.Running, count: number) =>
  expect
    .poll(async () => [await rounds(agent), await Client.metric(agent.socket, "training")], { timeout: 60_000 })
    .toEqual([count, 0])

const images = Toy.images(1, 64)

test("answers on both doors, learns what it is taught, and tells its numbers", async () => {
  const agent = await InProcess.start(home(), subject("immediate"))
  onTestFinished(agent.stop)
  const asked = await Client.predict(agent.socket, Toy.image(images, 0))
  expect(asked).toMatchObject({ status: 200, json: { class: Toy.stream.classes[asked.json.label] } })
  const asJson = await Client.send(
    agent.tcp,
    "POST",
    "/predict",
    JSON.stringify({ input: Buffer.from(Toy.image(images, 0)).toString("base64") }),
    { "content-type": "application/json" }
  )
  expect(asJson.json).toEqual({ ...asked.json, id: asJson.json.id })
  const taught = await Client.teach(agent.tcp, Toy.images(1, 8), [asked.json.id, "of another start"])
  expect(taught).toMatchObject({ status: 200, json: { kept: 8 } })
  await learnt(agent, 1)
  expect(await Client.metric(agent.socket, "accuracy")).toBe(Number(asked.json.label === images.labels[0]))
  expect(await Client.metric(agent.socket, "requests_total")).toBe(2)
  expect((await Client.get(agent.socket, "/health")).json).toMatchObject({
    status: "learning",
    rounds: 1,
    breach: null
  })
})

test("answers on while its meter fails, however often it is tried, and learns again after", async () => {
  let failing = false
  const broken = new MeterError({ reason: "Stale", message: "the sensor stands still: look at it" })
  const meter = (inner: EnergyMeter["Service"]): EnergyMeter["Service"] => ({
    ...inner,
    read: (ledger) => Effect.suspend(() => (failing ? Effect.fail(broken) : inner.read(ledger)))
  })
  const agent = await InProcess.start(home(), subject("immediate"), { meter, pause: 0.05 })
  onTestFinished(agent.stop)
  failing = true
  const asked = () => Client.predict(agent.socket, Toy.image(images, 0))
  const said = () => agent.said.filter((line) => line.includes("the sensor stands still")).length
  expect(await asked()).toMatchObject({ status: 200 })
  await expect.poll(said).toBeGreaterThan(2)
  expect(await asked()).toMatchObject({ status: 200 })
  failing = false
  await Client.teach(agent.tcp, Toy.images(1, 8))
  await learnt(agent, 1)
})

test("goes on where it stopped, and its tape is one that edgeol replays", async () => {
  const folder = home()
  const policy = subject("periodic:2+linear")
  const first = await InProcess.start(folder, policy)
  await Client.teach(first.socket, Toy.images(1, 24))
  await learnt(first, 1)
  await Client.predict(first.socket, Toy.image(images, 3))
  await first.stop()
  const again = await InProcess.start(folder, policy)
  onTestFinished(again.stop)
  expect(await rounds(again)).toBe(1)
  expect(await Client.metric(again.socket, "batches_waiting")).toBe(1)
  await Client.teach(again.socket, Toy.images(2, 8))
  await learnt(again, 2)
  const { text } = await Client.get(again.socket, "/tape")
  const path = join(folder, "tape.ndjson")
  writeFileSync(path, text)
  const tape = await Effect.runPromise(Tape.read(path))
  const decided = Policy.decisions(
    policy.policy,
    tape.entries.map(({ observation }) => observation)
  )
  expect(decided).toEqual(tape.entries.map(({ decision }) => decision))
  const observations = tape.entries.map(({ observation: { _tag } }) => _tag)
  expect(observations.filter((tag) => tag === "Started")).toHaveLength(1)
  expect(observations.filter((tag) => tag === "RequestServed")).toHaveLength(1)
  expect(observations.filter((tag) => tag === "BatchArrived")).toHaveLength(4)
})

test("another policy takes over the model and what was not learnt yet, and begins a tape of its own", async () => {
  const folder = home()
  const first = await InProcess.start(folder, subject("periodic:2"))
  await Client.teach(first.socket, Toy.images(1, 24))
  await learnt(first, 1)
  const answer = await Client.predict(first.socket, Toy.image(images, 5))
  await first.stop()
  const second = await InProcess.start(folder, subject("never"))
  onTestFinished(second.stop)
  await expect.poll(() => Client.metric(second.socket, "batches_waiting")).toBe(1)
  const same = await Client.predict(second.socket, Toy.image(images, 5))
  expect(same.json).toEqual({ ...answer.json, id: same.json.id })
  const { json } = await Client.get(second.socket, "/tapes")
  expect(json.tapes.map(({ policy }: { policy: string }) => policy)).toEqual(["periodic:2", "never"])
})

test("a policy that never trains also goes on where it stopped, its tapes in files of bounded size and number", async () => {
  const folder = home()
  const journal = { fileBytes: 4000, files: 3, between: 0 }
  const first = await InProcess.start(folder, subject("never"), { journal })
  for (let i = 0; i < 60; i++) await Client.predict(first.socket, Toy.image(images, i % 8))
  await Client.teach(first.socket, Toy.images(1, 8))
  await expect.poll(() => Client.metric(first.socket, "batches_waiting")).toBe(1)
  const { json } = await Client.get(first.socket, "/tapes")
  expect(json.tapes).toHaveLength(3)
  for (const { bytes } of json.tapes) expect(bytes).toBeLessThan(5000)
  await first.stop()
  const again = await InProcess.start(folder, subject("never"), { journal })
  onTestFinished(again.stop)
  expect(await Client.metric(again.socket, "batches_waiting")).toBe(1)
  expect((await Client.get(again.socket, "/health")).json.at).toBeGreaterThan(0)
  const { text } = await Client.get(again.socket, "/tape")
  const requests = text.split("\n").filter((line) => line.includes('"RequestServed"'))
  const ids = requests.map((line) => JSON.parse(line).observation.request as number)
  expect(ids).toEqual(ids.map((_, i) => ids[0]! + i))
})

test("two agents never share a state, and a socket that was left behind is no obstacle", async () => {
  const folder = home()
  const first = await InProcess.start(folder, subject("never"))
  await expect(InProcess.start(folder, subject("never"))).rejects.toMatchObject({
    message: expect.stringContaining("An agent listens on")
  })
  await first.stop()
  const left = readFileSync(join(folder, "state/token"), "utf8")
  const again = await InProcess.start(folder, subject("never"))
  expect(again.tcp.token).toBe(left.trim())
  await again.stop()
})

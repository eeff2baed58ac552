/**
 * `kill -9` at any moment: what was acknowledged is there, every batch is learnt once, and the model is, to the bit, the
 * one that the same rounds make without a kill. EDGEOL_KILLS says how often; 20 without it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Inbox from "@edgeol/agent/Inbox"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Subject from "@edgeol/agent/Subject"
import * as Tapes from "@edgeol/agent/Tapes"
import * as Decision from "@edgeol/core/Decision"
import * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { Entry } from "@edgeol/core/Journal"
import type { Round } from "@edgeol/core/Learner"
import { Effect } from "effect"
import { expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as Toy from "./Toy.ts"

const kills = Number(process.env.EDGEOL_KILLS ?? 20)
const policy = "periodic:2+linear"

const start = (home: string): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), home, policy], {
    stdio: ["ignore", "ignore", "ignore"]
  })

const ended = (agent: ChildProcess) => new Promise<void>((done) => agent.once("close", () => done()))

const answers = async (door: Client.Door) => {
  try {
    return (await Client.get(door, "/health")).status === 200
  } catch {
    return false
  }
}

/** Teaches one piece after another, and asks in between, until it is told to stop or the agent is gone. */
const use = async (door: Client.Door, counts: { next: number }, kept: Array<number>, isOver: () => boolean) => {
  try {
    while (!isOver()) {
      const piece = counts.next++
      const { status } = await Client.teach(door, numbered(piece))
      if (status === 200) kept.push(piece)
      await Client.predict(door, Toy.image(numbered(piece), 0))
    }
  } catch {
    // It was killed.
  }
}

/** Four samples whose first bytes tell their piece. */
const numbered = (piece: number): Examples.Examples => {
  const examples = Toy.images(1 + (piece % 4), 4, piece % 100)
  const inputs = Uint8Array.from(examples.inputs)
  for (let i = 0; i < 4; i++) new DataView(inputs.buffer).setUint32(i * 3072, piece)
  return { ...examples, inputs }
}

const pieces = (examples: Examples.Examples) =>
  Array.from({ length: examples.count }, (_, i) => {
    const image = Toy.image(examples, i)
    return new DataView(image.buffer, image.byteOffset).getUint32(0)
  })

const linesOf = (tapes: string): ReadonlyArray<Entry> =>
  Tapes.run(tapes).flatMap((file) =>
    readFileSync(Recorder.pathOf(tapes, file), "utf8")
      .split("\n")
      .slice(1, -1)
      .map((line) => JSON.parse(line) as Entry)
  )

/** A learner in a folder, with the model of a checkpoint there. */
const learnerOf = Effect.fnUntraced(function* (home: string, folder: string, checkpoint: string) {
  const learner = yield* Subject.learner(Toy.base(join(home, "initial"), ""), folder)
  yield* learner.restore(checkpoint)
  return learner
})

/** The weights that the decisions of a tape make of its batches, without a kill; and how many batches they took. */
const uninterrupted = (home: string, lines: ReadonlyArray<Entry>, batch: (id: number) => Examples.Examples) =>
  Effect.gen(function* () {
    const initial = join(home, "initial")
    Subject.install(Toy.base(initial, ""), join(home, "again"))
    const learner = yield* learnerOf(home, join(home, "again"), Toy.checkpoint(initial))
    let taken = 0
    let round: Round | undefined
    for (const { observation, decision } of lines) {
      if (observation._tag === "RoundStarted") {
        const samples = Array.from({ length: observation.batches }, () => batch(taken++))
        round = (yield* learner.begin(Examples.concat(samples, Toy.stream.shape))).value
      }
      if (observation._tag === "StepFinished") yield* round!.step
      if (observation._tag === "RoundFinished") yield* round!.finish
      for (const part of Decision.parts(decision)) if (part._tag === "Freeze") yield* learner.freeze(part.units)
    }
    return { weights: yield* learner.digest, taken }
  }).pipe(Effect.scoped, Effect.runPromise)

/** Of the model that the killed agent left. */
const left = (home: string) => {
  const models = join(home, "state/models")
  const folder = join(models, readdirSync(models)[0]!)
  const { checkpoint } = Recorder.last(join(home, "state/tape"))!.state
  return Effect.runPromise(Effect.scoped(Effect.flatMap(learnerOf(home, folder, checkpoint), ({ digest }) => digest)))
}

test(`nothing is lost over ${kills} kills`, { timeout: 120_000 + kills * 20_000 }, async () => {
  const home = Toy.folder()
  onTestFinished(() => Toy.remove(home))
  const subject = await Toy.subject(home)
  const door = { socketPath: join(home, "agent.sock") }
  const rng = Rng.named(1, "kills")
  const kept: Array<number> = []
  const counts = { next: 0, starting: 0, training: 0 }

  const kill = async () => {
    const agent = start(home)
    const end = ended(agent)
    const isEarly = rng.next() < 1 / 5
    let isOver = false
    let using = Promise.resolve()
    if (isEarly) counts.starting += 1
    else {
      while (agent.exitCode === null && !(await answers(door))) await sleep(20)
      using = use(door, counts, kept, () => isOver)
    }
    await sleep(rng.next() * 1500)
    if (!isEarly && (await Client.metric(door, "training")) === 1) counts.training += 1
    agent.kill("SIGKILL")
    isOver = true
    await Promise.all([end, using])
    expect(agent.signalCode).toBe("SIGKILL")
  }
  for (let i = 0; i < kills; i++) await kill()

  const last = start(home)
  const end = ended(last)
  await expect.poll(() => answers(door), { timeout: 30_000 }).toBe(true)
  const isDone = async () =>
    (await Client.metric(door, "batches_waiting")) < 2 &&
    (await Client.metric(door, "training")) === 0 &&
    (await Client.metric(door, "samples_waiting")) < 8
  await expect.poll(isDone, { timeout: 60_000 }).toBe(true)
  last.kill("SIGKILL")
  await end

  const folder = join(home, "state/inbox")
  const inbox = Inbox.open({ folder, shape: subject.shape, validation: subject.validation, most: 1e12 })
  const lines = linesOf(join(home, "state/tape"))
  const arrived = lines.flatMap(({ observation }) => (observation._tag === "BatchArrived" ? [observation.batch] : []))
  expect(arrived).toEqual(Array.from({ length: inbox.cuts() }, (_, id) => id))
  const { weights, taken } = await uninterrupted(home, lines, (id) => inbox.batch(id).train)
  expect(taken).toBeGreaterThanOrEqual(arrived.length - 1)
  expect(weights).toBe(await left(home))
  const there = new Set(arrived.flatMap((id) => [inbox.batch(id).train, inbox.batch(id).validation].flatMap(pieces)))
  expect(kept.slice(0, -2).filter((piece) => !there.has(piece))).toEqual([])
  expect(kept.length).toBeGreaterThan(kills)
  expect(counts.starting).toBeGreaterThan(0)
  expect(counts.training).toBeGreaterThan(0)
})

/**
 * What an agent adds to its learner: the demo's model behind the API on a Unix socket, asked by a client in a thread of
 * its own, one request after another on one connection.
 *
 * `ratio`: from request to answer as the client sees it, over the call of the learner's `predict` inside the same
 * requests, medians of one run without training. `training`: the same while rounds run, with how long a step takes.
 * `overhead`: what journal, monitor, meter and loop take of the rounds' time, by the tape, without requests.
 */
/* eslint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import * as Agent from "@edgeol/agent/Agent"
import * as Subjects from "@edgeol/agent/Subject"
import { modelled } from "@edgeol/core/EnergyMeter"
import type { Entry } from "@edgeol/core/Journal"
import type { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect, Fiber } from "effect"
import * as Client from "../agent/Client.ts"
import * as Toy from "../agent/Toy.ts"

export interface Result {
  /** Reached at 1.5. */
  readonly ratio: number
  readonly directMillis: number
  readonly apiMillis: { readonly p50: number; readonly p99: number }
  readonly training: { readonly stepMillis: number; readonly apiMillis: { readonly p50: number; readonly p99: number } }
  /** Reached at 0.01. */
  readonly overhead: number
}

/** Asks so many times and posts the milliseconds of each. */
const client = `
const { parentPort } = require("node:worker_threads")
const http = require("node:http")
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const ask = (socketPath, body) => new Promise((resolve, reject) => {
  const request = http.request({ socketPath, agent, method: "POST", path: "/predict", headers: { "content-length": body.length } },
    (response) => response.resume().on("end", () => response.statusCode === 200 ? resolve() : reject(new Error(response.statusCode))))
  request.on("error", reject)
  request.end(body)
})
parentPort.on("message", async ({ socketPath, body, count }) => {
  const took = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    await ask(socketPath, body)
    took.push(performance.now() - began)
  }
  parentPort.postMessage(took)
})
`

const model = { kind: "ConvNet", shape: [32, 32, 3], classes: 14, widths: [16, 32, 32] } as const

const at = (times: ReadonlyArray<number>, share: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(share * times.length)]!
const p50and99 = (times: ReadonlyArray<number>) => ({ p50: round(at(times, 0.5)), p99: round(at(times, 0.99)) })
const round = (value: number) => Number(value.toPrecision(3))

/** Notes how long each call takes. */
const watched = (learner: Learner["Service"], took: Array<number>): Learner["Service"] => ({
  ...learner,
  predict: (input) =>
    Effect.suspend(() => {
      const began = performance.now()
      return Effect.tap(learner.predict(input), () => Effect.sync(() => took.push(performance.now() - began)))
    })
})

export const measure = async (): Promise<Result> => {
  const home = Toy.folder()
  const worker = new Worker(client, { eval: true })
  try {
    return await run(home, worker)
  } finally {
    await worker.terminate()
    Toy.remove(home)
  }
}

const run = async (home: string, worker: Worker): Promise<Result> => {
  const toy = await Toy.subject(home, model)
  const subject = {
    ...toy,
    policy: Policies.parse("immediate"),
    envelope: { roundsPerHour: 1e6, joulesPerHour: 1e9, latency: 10, staleness: 1e6, stateBytes: 1e6, progress: 1e6 },
    rule: { samples: 32, seconds: 60 },
    training: { ...toy.training, epochs: 16 }
  }
  const direct: Array<number> = []
  const power = PowerModel.load("orin-nano@15W")
  const socketPath = join(home, "agent.sock")
  const fiber = await new Promise<Fiber.Fiber<unknown, unknown>>((resolve) => {
    const program = Agent.run({
      subject,
      state: join(home, "state"),
      socket: socketPath,
      learner: (folder) => Effect.map(Subjects.learner(subject, folder), (learner) => watched(learner, direct)),
      meter: Effect.succeed(modelled(power.name, PowerModel.energy(power))),
      log: () => {},
      notify: { send: () => {}, every: undefined, close: () => {} },
      onReady: () => resolve(started)
    })
    const started = Effect.runFork(program)
  })
  const door = { socketPath }
  const images = Toy.images(1, 32)
  const ask = (count: number) =>
    new Promise<ReadonlyArray<number>>((resolve) => {
      worker.once("message", resolve)
      worker.postMessage({ socketPath, body: Toy.image(images, 0), count })
    })
  await ask(300)
  direct.length = 0
  const idle = await ask(2000)
  const alone = [...direct]
  const isTraining = async () => (await Client.get(door, "/metrics")).text.includes("\nedgeol_training 1\n")
  const rest = async () => {
    while (await isTraining()) await new Promise((done) => setTimeout(done, 500))
  }
  const teach = async () => {
    for (let i = 0; i < 8; i++) await Client.teach(door, images)
  }
  await teach()
  await rest()
  const quiet = await entriesOf(door)
  await teach()
  const busy = await ask(100)
  if (!(await isTraining())) throw new Error("the rounds ended before the requests did; lengthen them")
  await rest()
  await Effect.runPromise(Fiber.interrupt(fiber))
  return {
    ratio: round(at(idle, 0.5) / at(alone, 0.5)),
    directMillis: round(at(alone, 0.5)),
    apiMillis: p50and99(idle),
    training: { stepMillis: stepMillis(quiet), apiMillis: p50and99(busy) },
    overhead: overhead(quiet)
  }
}

const entriesOf = async (door: Client.Door): Promise<ReadonlyArray<Entry>> =>
  (await Client.get(door, "/tape")).text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Entry)

const stepMillis = (entries: ReadonlyArray<Entry>) => {
  const steps = entries.filter(({ observation }) => observation._tag === "StepFinished")
  return round(
    at(
      steps.map(({ costs }) => 1000 * Ledger.total(costs)),
      0.5
    )
  )
}

/** Over all rounds: seconds of policy and bookkeeping over all seconds but those of requests. */
const overhead = (entries: ReadonlyArray<Entry>) => {
  let [own, all] = [0, 0]
  let isTraining = false
  for (const { observation, costs } of entries) {
    if (isTraining && observation._tag !== "RequestServed") {
      own += Ledger.total(costs, ["policy", "overhead", "meter"])
      all += Ledger.total(costs)
    }
    if (observation._tag === "RoundStarted") isTraining = true
    if (observation._tag === "RoundFinished") isTraining = false
  }
  return round(own / all)
}

const result = await measure()
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)

/**
 * What an agent adds to its learner: the demo's model behind the API on a Unix socket, asked by a client in a thread of
 * its own, one request after another on one connection.
 *
 * `ratio`: from request to answer as the client sees it, over the call of the learner's `predict` inside the same
 * requests, medians of one run without training. `training`: the same while rounds run.
 * `round`: how long a step takes, and what else takes which share of the rounds' time, without requests. `monitor` is the
 * policy's time without that of the policy it guards, `journal` is all that the journal is called for, the snapshot after
 * each round included. `loop` is the rest of the bookkeeping: turns of the event loop, and samples that come meanwhile.
 */
/* eslint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import * as Agent from "@edgeol/agent/Agent"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Subjects from "@edgeol/agent/Subject"
import { modelled } from "@edgeol/core/EnergyMeter"
import type { Entry } from "@edgeol/core/Journal"
import type { Learner } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect, Fiber } from "effect"
import * as Client from "../agent/Client.ts"
import * as Toy from "../agent/Toy.ts"

export interface Result {
  /** Reached at 1.5. */
  readonly ratio: number
  readonly directMillis: number
  readonly apiMillis: { readonly p50: number; readonly p99: number }
  readonly training: { readonly apiMillis: { readonly p50: number; readonly p99: number } }
  /** Monitor and journal together: reached at 0.01. */
  readonly watching: number
  readonly round: Readonly<Record<"stepMillis" | "monitor" | "journal" | "meter" | "loop", number>>
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

/** Seconds since they were last set to 0. */
interface Stopwatch {
  policy: number
  journal: number
}

const timed = (watch: Stopwatch, policy: Policy): Policy => ({
  ...policy,
  decide: (state, observation) => {
    const began = performance.now()
    const decided = policy.decide(state, observation)
    watch.policy += (performance.now() - began) / 1000
    return decided
  }
})

const recorder = (watch: Stopwatch): typeof Recorder.open =>
  Effect.fnUntraced(function* (options) {
    const { journal, resumed } = yield* Recorder.open(options)
    const during = <A, E>(action: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const began = performance.now()
        return Effect.tap(action, () => Effect.sync(() => (watch.journal += (performance.now() - began) / 1000)))
      })
    const { append, snapshot, resume } = journal
    return {
      journal: { append: (entry) => during(append(entry)), snapshot: (state) => during(snapshot(state)), resume },
      resumed
    }
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
  const watch: Stopwatch = { policy: 0, journal: 0 }
  const toy = await Toy.subject(home, model)
  const subject = {
    ...toy,
    policy: timed(watch, Policies.parse("immediate")),
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
      recorder: recorder(watch),
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
  const before = (await entriesOf(door)).length
  watch.policy = watch.journal = 0
  await teach()
  await rest()
  const quiet = (await entriesOf(door)).slice(before)
  const { monitor, journal, meter, loop } = shares(quiet, watch)
  await teach()
  const busy = await ask(100)
  if (!(await isTraining())) throw new Error("the rounds ended before the requests did; lengthen them")
  await rest()
  await Effect.runPromise(Fiber.interrupt(fiber))
  return {
    ratio: round(at(idle, 0.5) / at(alone, 0.5)),
    directMillis: round(at(alone, 0.5)),
    apiMillis: p50and99(idle),
    training: { apiMillis: p50and99(busy) },
    watching: round(monitor + journal),
    round: {
      stepMillis: stepMillis(quiet),
      monitor: round(monitor),
      journal: round(journal),
      meter: round(meter),
      loop: round(loop)
    }
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

/** Of the rounds' seconds. */
const shares = (entries: ReadonlyArray<Entry>, watch: Stopwatch) => {
  const all = Ledger.total(costsOf(rounds(entries)))
  const { policy = 0, overhead = 0, meter = 0 } = costsOf(entries)
  return {
    monitor: (policy - watch.policy) / all,
    journal: watch.journal / all,
    meter: meter / all,
    loop: (overhead - watch.journal) / all
  }
}

const costsOf = (entries: ReadonlyArray<Entry>): Ledger.Ledger =>
  entries.reduce((sum, { costs }) => Ledger.merge(sum, costs), Ledger.empty)

/** The lines from a round's first step to its end. */
const rounds = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  let isTraining = false
  return entries.filter(({ observation: { _tag: tag } }) => {
    const wasTraining = isTraining
    isTraining = tag === "RoundStarted" || (isTraining && tag !== "RoundFinished")
    return wasTraining
  })
}

const result = await measure()
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)

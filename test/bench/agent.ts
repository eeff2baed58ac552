/**
 * What an agent adds to its learner: the demo's model behind the API on a Unix socket, asked by a client in a thread of
 * its own, one request after another on one connection.
 *
 * `ratio`: from request to answer as the client sees it, over the call of the learner's `predict` inside the same
 * requests, medians of one run without training. `bareRatio`: the same of a server that is node:http and `predict` alone,
 * asked by turns with the agent: what HTTP and two threads cost on this machine at this time. `training`: the agent's
 * answers while rounds run.
 * `round`: how long a step takes, and what else takes which share of the rounds' time, without requests. `monitor` is the
 * policy's time without that of the policy it guards, `journal` its lines, `snapshot` what is on disk after each round, with
 * the waits for the disk. `loop` is the rest of the bookkeeping: turns of the event loop, and samples that come meanwhile.
 */
/* eslint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import * as http from "node:http"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import * as Agent from "@edgeol/agent/Agent"
import * as Http from "@edgeol/agent/Http"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Subjects from "@edgeol/agent/Subject"
import { modelled } from "@edgeol/core/EnergyMeter"
import type { Examples } from "@edgeol/core/Examples"
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
  readonly bareRatio: number
  readonly directMillis: number
  readonly apiMillis: { readonly p50: number; readonly p99: number }
  readonly training: { readonly apiMillis: { readonly p50: number; readonly p99: number } }
  /** Monitor, journal and snapshots together: reached at 0.01. */
  readonly watching: number
  readonly round: Readonly<Record<"stepMillis" | "monitor" | "journal" | "snapshot" | "meter" | "loop", number>>
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

/** Answers whatever it is asked with what a learner predicts. */
const bare = (learner: Learner["Service"], shape: Examples["shape"]): http.Server =>
  http.createServer({ noDelay: true }, (request, response) => {
    void Http.body(request, Infinity).then((inputs) => {
      const { value } = Effect.runSync(learner.predict({ count: 1, shape, inputs, labels: new Int32Array(1) }))
      Http.json(response, 200, { label: value.labels[0], confidence: value.confidence[0], energy: value.energy[0] })
    })
  })

/** Seconds since they were last set to 0. */
interface Stopwatch {
  policy: number
  journal: number
  snapshot: number
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
    const during = <A, E>(part: keyof Stopwatch, action: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const began = performance.now()
        return Effect.tap(action, () => Effect.sync(() => (watch[part] += (performance.now() - began) / 1000)))
      })
    const { append, snapshot, resume } = journal
    return {
      journal: {
        append: (entry) => during("journal", append(entry)),
        snapshot: (state) => during("snapshot", snapshot(state)),
        resume
      },
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
  const watch: Stopwatch = { policy: 0, journal: 0, snapshot: 0 }
  const toy = await Toy.subject(home, model)
  const subject = {
    ...toy,
    policy: timed(watch, Policies.parse("immediate")),
    envelope: { roundsPerHour: 1e6, joulesPerHour: 1e9, latency: 10, staleness: 1e6, stateBytes: 1e6, progress: 1e6 },
    rule: { samples: 32, seconds: 60 },
    training: { ...toy.training, epochs: 16 }
  }
  const direct: Array<number> = []
  const bareDirect: Array<number> = []
  const bareSocket = join(home, "bare.sock")
  let bareServer: http.Server | undefined
  const power = PowerModel.load("orin-nano@15W")
  const socketPath = join(home, "agent.sock")
  const fiber = await new Promise<Fiber.Fiber<unknown, unknown>>((resolve) => {
    const program = Agent.run({
      subject,
      state: join(home, "state"),
      socket: socketPath,
      learner: (folder) =>
        Effect.map(Subjects.learner(subject, folder), (learner) => {
          bareServer = bare(watched(learner, bareDirect), subject.shape).listen(bareSocket)
          return watched(learner, direct)
        }),
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
  const ask = (count: number, path = socketPath) =>
    new Promise<ReadonlyArray<number>>((resolve) => {
      worker.once("message", resolve)
      worker.postMessage({ socketPath: path, body: Toy.image(images, 0), count })
    })
  await ask(300)
  await ask(300, bareSocket)
  direct.length = bareDirect.length = 0
  const idle: Array<number> = []
  const bareIdle: Array<number> = []
  for (let i = 0; i < 10; i++) {
    idle.push(...(await ask(200)))
    bareIdle.push(...(await ask(200, bareSocket)))
  }
  bareServer?.close()
  const alone = [...direct]
  const isTraining = async () => (await Client.get(door, "/metrics")).text.includes("\nedgeol_training 1\n")
  const rest = async () => {
    while (await isTraining()) await new Promise((done) => setTimeout(done, 500))
  }
  const teach = async () => {
    for (let i = 0; i < 8; i++) await Client.teach(door, images)
  }
  const before = (await entriesOf(door)).length
  watch.policy = watch.journal = watch.snapshot = 0
  await teach()
  await rest()
  const quiet = (await entriesOf(door)).slice(before)
  const { monitor, journal, snapshot, meter, loop } = shares(quiet, watch)
  await teach()
  const busy = await ask(100)
  if (!(await isTraining())) throw new Error("the rounds ended before the requests did; lengthen them")
  await rest()
  await Effect.runPromise(Fiber.interrupt(fiber))
  return {
    ratio: round(at(idle, 0.5) / at(alone, 0.5)),
    bareRatio: round(at(bareIdle, 0.5) / at(bareDirect, 0.5)),
    directMillis: round(at(alone, 0.5)),
    apiMillis: p50and99(idle),
    training: { apiMillis: p50and99(busy) },
    watching: round(monitor + journal + snapshot),
    round: {
      stepMillis: stepMillis(quiet),
      monitor: round(monitor),
      journal: round(journal),
      snapshot: round(snapshot),
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
    snapshot: watch.snapshot / all,
    meter: meter / all,
    loop: (overhead - watch.journal - watch.snapshot) / all
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

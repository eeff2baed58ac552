/** Times training steps of the real learner in a process of its own, because TensorFlow's threads are fixed for a process. */
import { readFileSync } from "node:fs"
import * as Engine from "@edgeol/backends/tensorflow/Engine"
import * as Model from "@edgeol/backends/tfjs/Model"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Net from "@edgeol/backends/tfjs/Net"
import * as Round from "@edgeol/backends/tfjs/Round"
import * as Weights from "@edgeol/backends/tfjs/Weights"
import type { Examples } from "@edgeol/core/Examples"
import type { Cost } from "@edgeol/core/Ledger"
import * as Rng from "@edgeol/core/Rng"
import type { Passes, Reply, Request } from "./StepMessages.ts"
import * as Subject from "./Subject.ts"

const [threads, config] = [Number(process.argv[2]), process.argv[3] ?? ""]
const { tf } = Engine.start(threads)
const net = Net.make(tf, Models.make(JSON.parse(config) as Models.Config))

const learned = {
  weights: Weights.fromArrays(tf, Model.initial(net.model, 1)),
  slots: new Map(),
  seen: Array.from({ length: net.model.classes }, () => true),
  iteration: 0,
  rng: Rng.named(1, "minibatches").state()
}

const noise = (count: number): Examples => {
  const rng = Rng.named(1, "calibration")
  const { shape, classes } = net.model
  const inputs = Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => rng.below(256))
  return { count, shape, inputs, labels: Int32Array.from({ length: count }, (_, i) => i % classes) }
}

const seconds = (costs: ReadonlyArray<Cost>, activity: Cost["activity"]) =>
  costs.reduce((sum, cost) => sum + (cost.activity === activity ? cost.seconds : 0), 0)

/**
 * Seconds that this thread was ready to run and did not: the second field of Linux's schedstat, in nanoseconds. Nothing
 * elsewhere. With more threads it also waits for its own, so that only steps of one thread can be cleared of it.
 */
const waited = (): number => {
  if (threads > 1) return 0
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[1] ?? 0) / 1e9
  } catch {
    return 0
  }
}

/** Seconds of each step's passes. */
const time = ({ batch, depth, steps }: Request): ReadonlyArray<Passes> => {
  const frozen = net.model.units.map((_, unit) => unit < depth)
  const round = Round.begin(
    net,
    { ...Subject.rates, batchSize: batch, epochs: 1 },
    { ...learned, frozen },
    noise(batch)
  )
  try {
    return Array.from({ length: steps }, () => {
      const before = waited()
      const { costs } = round.step()
      const lost = waited() - before
      return [seconds(costs, "forward"), seconds(costs, "backward"), seconds(costs, "optimiser"), lost] as const
    })
  } finally {
    round.release(false)
  }
}

const reply = (message: Reply) => process.send?.(message)

process.on("message", (request: Request) => {
  try {
    reply({ times: time(request) })
  } catch (error) {
    reply({ failed: String(error) })
  }
})
process.on("disconnect", () => process.exit())
reply({ times: [] })

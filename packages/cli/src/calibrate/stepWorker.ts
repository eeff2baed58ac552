/** Times training steps of the real learner in a process of its own, because TensorFlow's threads are fixed for a process. */
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

/** Seconds of processor time of this thread. With more threads it waits for the others, so that it says nothing of a step. */
const busy = (): number => {
  if (threads > 1) return 0
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
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
      const before = busy()
      const { costs } = round.step()
      const had = busy() - before
      return [seconds(costs, "forward"), seconds(costs, "backward"), seconds(costs, "optimiser"), had] as const
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

/** Simulates days as it is told: one message, one bundle of seeds. */
import { readFileSync } from "node:fs"
import { parentPort } from "node:worker_threads"
import * as Policies from "@edgeol/core/Policies"
import * as CostModel from "@edgeol/sim/CostModel"
import * as DeviceState from "@edgeol/sim/DeviceState"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import { Result } from "effect"

export interface Bundle {
  readonly from: number
  readonly days: number
}

/** What the days of a bundle came to, to be checked. */
export interface Simulated {
  readonly requests: number
  readonly rounds: number
  readonly iterations: number
}

const sim = new URL("../../../packages/sim/", import.meta.url)
const read = (path: string) => readFileSync(new URL(path, sim), "utf8")

const scenario = Result.getOrThrow(Scenario.parse(read("scenarios/day.yaml"), "day.yaml"))
const surrogate = Surrogate.parse("patterns-nic@1.json", read("surrogates/patterns-nic@1.json"))
const costs = CostModel.load("convnet")
const { watts } = PowerModel.load("orin-nano@15W")
const edgeol = Policies.parse("edgeol")

const simulate = ({ from, days }: Bundle): Simulated => {
  let [requests, rounds, iterations] = [0, 0, 0]
  for (let seed = from; seed < from + days; seed++) {
    const { energy, pace } = DeviceState.make({ modes: [{ at: 0, slowness: 1, watts }] })
    const { summary } = Simulate.run(edgeol, {
      timeline: Scenario.timeline(scenario, seed),
      learner: SurrogateLearner.make(surrogate, { seed }),
      costs,
      cold: true,
      batchSize: surrogate.body.batchSize,
      energy,
      pace
    })
    requests += summary.requests
    rounds += summary.rounds
    iterations += summary.iterations
  }
  return { requests, rounds, iterations }
}

parentPort!.on("message", (bundle: Bundle) => parentPort!.postMessage(simulate(bundle), []))

/** M/M/1 as a scenario for the whole simulator: requests to a model that has nothing to learn. */
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as CostModel from "@edgeol/sim/CostModel"
import * as DeviceState from "@edgeol/sim/DeviceState"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import type { SimLearner } from "@edgeol/sim/SimLearner"
import * as Simulate from "@edgeol/sim/Simulate"
import * as Mm1 from "./Mm1.ts"

/** Mean seconds in the system of so many customers, from the lines of the tape. */
export const run = (load: Mm1.Load, customers: number): number => {
  let [total, served] = [0, 0]
  const record = ({ observation }: Entry) => {
    if (observation._tag !== "RequestServed") return
    total += observation.at - observation.arrivedAt
    served += 1
  }
  Simulate.run(Policies.parse("immediate"), world(load, customers), record)
  if (served !== customers) throw new Error(`The simulator served ${served} customers instead of ${customers}.`)
  return total / served
}

const world = (load: Mm1.Load, customers: number): Simulate.World => {
  const { watts } = PowerModel.load("orin-nano@15W")
  const device = DeviceState.make({ modes: [{ at: 0, slowness: 1, watts }], service: Mm1.services(load) })
  const timeline = Scenario.timeline(scenario(load, customers), load.seed)
  return { timeline, learner, costs, cold: false, batchSize: 32, energy: device.energy, pace: device.pace }
}

/** As long as it takes until just so many have come. */
const scenario = (load: Mm1.Load, customers: number): Scenario.Scenario => {
  const gap = Mm1.gaps(load)
  let [last, next] = [0, gap()]
  for (let i = 0; i < customers; i++) [last, next] = [next, next + gap()]
  return {
    name: "M/M/1",
    version: 1,
    schedule: [{ scene: 1, duration: (last + next) / 2 }],
    requests: { rate: load.arrivals }
  }
}

const costs = CostModel.load("convnet")

const nothing = { accuracy: 1, loss: 0, energyMean: 0, energyDeviation: 0 }

const learner: SimLearner = {
  units: 7,
  answer: (_request, _scene, to) => {
    to.energy = -5
    to.confidence = to.accuracy = 1
    to.correct = true
  },
  begin: () => 0,
  step: () => 0,
  finish: () => {},
  freeze: () => {},
  recipe: () => {},
  probe: () => [],
  validate: () => nothing,
  pretest: () => nothing,
  adapt: () => 0
}

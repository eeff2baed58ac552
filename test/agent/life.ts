/**
 * An agent for `Kills.ts`: `node --import ../fakes/Death.ts life.ts HOME POLICY`. Its files are short, so that it begins
 * new ones all the time; the model lies in `HOME/initial`.
 */
import { join } from "node:path"
import * as Agent from "@edgeol/agent/Agent"
import * as Subject from "@edgeol/agent/Subject"
import * as EnergyMeter from "@edgeol/core/EnergyMeter"
import * as Policies from "@edgeol/core/Policies"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect } from "effect"
import * as Toy from "./Toy.ts"

const [home = "", policy = ""] = process.argv.slice(2)
const initial = join(home, "initial")
const subject = { ...Toy.base(initial, Toy.checkpoint(initial)), policy: Policies.parse(policy) }
const power = PowerModel.load("orin-nano@15W")

await Effect.runPromise(
  Agent.run({
    subject,
    state: join(home, "state"),
    socket: join(home, "agent.sock"),
    learner: (folder) => Subject.learner(subject, folder),
    meter: Effect.succeed(EnergyMeter.modelled(power.name, PowerModel.energy(power))),
    log: (message) => void process.stderr.write(`${message}\n`),
    notify: { send: () => {}, every: undefined, close: () => {} },
    journal: { fileBytes: 20_000, files: 2, between: 0.2 },
    inbox: { fileBytes: 100_000 }
  })
)

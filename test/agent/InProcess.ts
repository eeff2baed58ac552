/** Runs an agent in this process until it is stopped. */
import { join } from "node:path"
import * as Agent from "@edgeol/agent/Agent"
import type { Subject } from "@edgeol/agent/Subject"
import * as Subjects from "@edgeol/agent/Subject"
import type { EnergyMeter } from "@edgeol/core/EnergyMeter"
import { modelled } from "@edgeol/core/EnergyMeter"
import type { Learner } from "@edgeol/core/Learner"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Cause, Effect, Fiber } from "effect"
import type * as Client from "./Client.ts"

export interface Running {
  readonly socket: Client.Door
  readonly tcp: { readonly port: number; readonly token: string }
  readonly said: ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

type Changes = Partial<Omit<Agent.Options, "meter" | "learner">> & {
  readonly meter?: (meter: EnergyMeter["Service"]) => EnergyMeter["Service"]
  readonly learner?: (learner: Learner["Service"]) => Learner["Service"]
}

const power = PowerModel.load("orin-nano@15W")

export const start = (home: string, subject: Subject, changes: Changes = {}): Promise<Running> =>
  new Promise((resolve, reject) => {
    const { meter = (same) => same, learner = (same) => same, ...rest } = changes
    const said: Array<string> = []
    const socketPath = join(home, "agent.sock")
    const program = Agent.run({
      subject,
      state: join(home, "state"),
      socket: socketPath,
      port: 0,
      learner: (folder) => Effect.map(Subjects.learner(subject, folder), learner),
      meter: Effect.succeed(meter(modelled(power.name, PowerModel.energy(power)))),
      log: (message) => void said.push(message),
      notify: { send: () => {}, every: undefined, close: () => {} },
      onReady: ({ port, token }) =>
        resolve({
          socket: { socketPath },
          tcp: { port: port!, token },
          said,
          stop: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(fiber)))
        }),
      ...rest
    })
    const fiber = Effect.runFork(Effect.tapCause(program, (cause) => Effect.sync(() => reject(Cause.squash(cause)))))
  })

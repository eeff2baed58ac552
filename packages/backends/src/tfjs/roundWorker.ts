/** The process of a cold round: starts the engine, says so, answers the learner's requests, and exits when let go. */
import { LearnerError } from "@edgeol/core/Learner"
import * as Ledger from "@edgeol/core/Ledger"
import * as Engine from "../tensorflow/Engine.ts"
import * as Checkpoint from "./Checkpoint.ts"
import * as Models from "./Models.ts"
import * as Net from "./Net.ts"
import * as Round from "./Round.ts"
import type { Begin, Replies, Reply, Request } from "./RoundMessages.ts"

const { tf } = Engine.start(Number(process.argv[2]))

interface Running {
  readonly net: Net.Net
  readonly round: Round.Round
  readonly from: Checkpoint.Checkpoint
}
let running: Running | undefined

const timed = <A>(activity: Ledger.Activity, body: () => A): Ledger.Metered<A> => {
  const started = performance.now()
  const value = body()
  return Ledger.metered(value, Ledger.cost(activity, (performance.now() - started) / 1000))
}

const begin = ({ model, training, checkpoint, frozen, samples, how }: Begin): Ledger.Metered<number> =>
  timed("load", () => {
    const net = Net.make(tf, Models.make(model))
    const from = Checkpoint.read(checkpoint, tf, net.model)
    const round = Round.begin(net, training, { ...from.learned, frozen }, samples, how)
    running = { net, round, from }
    return round.steps
  })

const finish = ({ net, round, from }: Running, path: string): null => {
  const { reference, saves } = from
  Checkpoint.write(path, net.model, { learned: round.learned(), saves: saves + 1, reference })
  return null
}

const answer = (request: Request): Replies[Request["kind"]] => {
  if (request.kind === "begin") return begin(request)
  if (running === undefined) throw new Error(`${request.kind} before begin`)
  const { round } = running
  switch (request.kind) {
    case "step":
      return round.step()
    case "freeze":
      round.freeze(request.units)
      return Ledger.metered(null)
    case "watch":
      round.watch(request.what)
      return Ledger.metered(null)
    case "grams":
      return timed("probe", () => round.grams(request.probe))
    case "validate":
      return timed("validation", () => round.validate(request.samples))
    case "finish":
      return timed("save", () => finish(running!, request.path))
  }
}

const failed = (error: unknown): Reply =>
  error instanceof LearnerError
    ? { failed: { reason: error.reason, message: error.message } }
    : { failed: { reason: "Engine", message: `training failed in the round's process: ${String(error)}` } }

const reply = (message: Reply) => process.send?.(message)

process.on("message", (request: Request) => {
  try {
    reply(answer(request))
  } catch (error) {
    reply(failed(error))
  }
})
process.on("disconnect", () => process.exit())
reply({ ready: true })

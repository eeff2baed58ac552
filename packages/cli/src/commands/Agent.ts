/** `edgeol agent`: the service of a device, run from the sources, without a release. */
import { chmodSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Listen from "@edgeol/agent/Listen"
import * as Service from "@edgeol/agent/Service"
import * as Subject from "@edgeol/agent/Subject"
import * as Versions from "@edgeol/agent/Versions"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import * as Feed from "@edgeol/streams/Feed"
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Initial from "../Initial.ts"
import * as Settings from "../Settings.ts"
import * as Promised from "../verify/Promised.ts"
import type { World } from "../World.ts"

const flags = {
  experiment: Argument.String("experiment").pipe(
    Argument.withDescription("What is learnt, by name or .yaml file: its model, and how batches are cut"),
    Argument.withDefault("patterns/nic")
  ),
  policy: Flag.String("policy").pipe(
    Flag.withDescription("Policy, such as edgeol or periodic:4+linear, or the .ts file that exports one"),
    Flag.withDefault("edgeol")
  ),
  promise: Flag.String("promise").pipe(
    Flag.withDescription("What the policy must keep or step aside, as edgeol verify has it: latency=0.5"),
    Flag.atLeast(0)
  ),
  envelope: Flag.String("envelope").pipe(Flag.withDescription("A .yaml file of promises"), Flag.optional),
  state: Flag.String("state").pipe(
    Flag.withDescription("Folder of samples, tapes, models and the API's token"),
    Flag.withDefault("agent")
  ),
  socket: Flag.String("socket").pipe(
    Flag.withDescription("Unix socket of the API (default: agent.sock in --state)"),
    Flag.optional
  ),
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port of the API and the live page on the loopback; 0 is any"),
    Flag.withDefault(8787)
  ),
  seed: Flag.Int("seed").pipe(Flag.withDescription("Seed of the model"), Flag.withDefault(1)),
  data: Flags.data,
  rounds: Flags.run.rounds,
  device: Flags.device,
  threads: Flags.run.threads,
  root: Flags.root,
  json: Flags.json
}

interface Input extends Omit<Settings.Settings, "stream" | "clock" | "costs" | "root"> {
  readonly experiment: string
  readonly policy: string
  readonly promise: ReadonlyArray<string>
  readonly envelope: Option.Option<string>
  readonly state: string
  readonly socket: Option.Option<string>
  readonly port: number
  readonly seed: number
  readonly root: string
  readonly json: boolean
}

const handle = Effect.fn(function* (input: Input) {
  const state = resolve(input.state)
  const policy = yield* Settings.policy(input.policy)
  const envelope = yield* Promised.read(input.promise, input.envelope)
  const world = yield* Settings.world({ ...input, stream: input.experiment, clock: "real" })
  yield* Files.change(state, () => own(state), "--state")
  const socket = Option.getOrElse(input.socket, () => join(state, "agent.sock"))
  yield* Listen.rehearse(socket, input.port)
  const deployed = yield* Effect.scoped(deploy(world, input.seed, join(state, "deployed")))
  const { experiment, name, rounds, threads } = world
  yield* Service.run({
    subject: {
      policy,
      envelope,
      experiment: { name, content: experiment },
      training: experiment.training,
      ...deployed,
      ...Subject.ruleOf(experiment.batches),
      rounds,
      threads,
      seed: input.seed,
      versions: yield* Versions.all(threads)
    },
    state,
    socket,
    port: input.port,
    device: world.power.name,
    root: input.root,
    onReady: ({ port, token }) => {
      const page = `http://127.0.0.1:${port}/#${token}`
      process.stdout.write(input.json ? `${JSON.stringify({ page, socket, port, token })}\n` : `Live page: ${page}\n`)
    }
  })
})

/** Makes a folder that is its owner's alone, or takes one that is there as it is. */
const own = (folder: string) => {
  if (Files.isFolder(folder)) return
  Files.folder(folder)
  chmodSync(folder, 0o700)
}

/** The model as it is deployed, trained in a folder unless it is there. */
const deploy = Effect.fnUntraced(function* (world: World, seed: number, folder: string) {
  const feed = yield* Effect.fromResult(Feed.make(world.stream(seed), world.experiment, seed))
  const { classes, shape } = feed.stream
  const scratch = join(folder, "trained")
  const options = yield* Initial.options(world, feed, scratch)
  yield* Files.change(scratch, () => Files.folder(scratch))
  const learner = yield* TfjsLearner.make(options)
  const is = Initial.isIn(folder) ? "lies in" : "is trained into"
  yield* Console.error(`The model as it is deployed ${is} ${folder}.`)
  yield* Initial.adopt(learner, world, feed, folder, scratch)
  const { name } = JSON.parse(readFileSync(join(folder, "initial.json"), "utf8")) as { readonly name: string }
  return { model: options.model, classes, shape, initial: { folder, checkpoint: name } }
})

export const command = Command.make("agent", Flags.shown(flags), handle).pipe(
  Command.withDescription(
    "Answer and learn as a device does: an API, a live page, and a policy that keeps its promises"
  ),
  Command.withExamples([
    {
      command: "edgeol agent patterns/nic --policy edgeol --promise roundsPerHour=60",
      description: "Here, on port 8787"
    }
  ])
)

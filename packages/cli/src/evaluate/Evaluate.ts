/** Runs what an evaluation lacks: a process for each stream and seed, so that policies share the model they start from. */
import { fork } from "node:child_process"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Ledger from "@edgeol/core/Ledger"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Result } from "effect"
import { CliError } from "../CliError.ts"
import * as Compare from "../Compare.ts"
import * as Code from "../sweep/Code.ts"
import type * as Tape from "../Tape.ts"
import * as World from "../World.ts"
import type { Plan } from "./Plan.ts"
import * as Results from "./Results.ts"
import * as Version from "./Version.ts"

/** Runs of one stream and seed. */
export interface Job {
  /** With its version. */
  readonly stream: string
  readonly seed: number
  readonly policies: ReadonlyArray<string>
  readonly rounds: Plan["rounds"]
  /** Where paths of policies begin. */
  readonly folder?: string
}

export interface Options {
  readonly data: string
  /** Where runs go while they last. */
  readonly folder: string
  readonly workers: number
  /** A run has ended. */
  readonly onRun: (run: Results.Run) => Effect.Effect<void, CliError>
}

/** What is not recorded yet, seeds first, so that an evaluation that is stopped is even. */
export const missing = Effect.fnUntraced(function* (plan: Plan, recorded: ReadonlyArray<Results.Run>) {
  const had = new Set(recorded.map(Results.key))
  const streams = yield* Effect.forEach(plan.streams, (stream) => Experiment.load(stream))
  return plan.seeds.flatMap((seed) =>
    streams.flatMap(({ name: stream }): ReadonlyArray<Job> => {
      const { rounds, folder = "." } = plan
      const policies = plan.policies.filter((policy) => !had.has(Results.key({ stream, policy, seed, rounds })))
      return policies.length === 0 ? [] : [{ stream, seed, policies, rounds, folder }]
    })
  )
})

/** Sees that the streams of jobs can be read, before hours go into the others. */
export const ready = (jobs: ReadonlyArray<Job>, data: string) =>
  Effect.forEach(
    new Set(jobs.map(({ stream }) => stream)),
    (name) => Effect.flatMap(Experiment.load(name), ({ experiment }) => Catalog.open(experiment.stream, data)),
    { discard: true }
  )

/** Runs jobs, so many at a time, all of them; gives a sentence for each run that failed. */
export const run = (jobs: ReadonlyArray<Job>, options: Options): Effect.Effect<ReadonlyArray<string>, CliError> =>
  Effect.map(
    Effect.forEach(jobs, (job) => perform(job, options), { concurrency: options.workers }),
    (failed) => failed.flat()
  )

const perform = Effect.fnUntraced(function* (job: Job, options: Options) {
  const failed: Array<string> = []
  for (const policy of job.policies) {
    const made = yield* Effect.result(one(job, policy, options))
    if (Result.isSuccess(made)) yield* options.onRun(made.success)
    else failed.push(`${policy} on ${job.stream}, seed ${job.seed} (${made.failure.message.replace(/\.$/, "")})`)
  }
  return failed
})

/** What another version of the sources left is not gone on with. */
const one = Effect.fnUntraced(function* (job: Job, policy: string, { data, folder }: Options) {
  const specification = yield* Version.specification(policy, job.folder)
  const versions = specification === policy ? version() : join(version(), Compare.slug(policy))
  const own = join(folder, versions, Compare.slug(job.stream))
  const at = join(own, `seed-${job.seed}`, Compare.slug(specification))
  yield* compare(job, specification, data, own)
  yield* Version.specification(policy, job.folder)
  const made = yield* record(at, job, policy)
  rmSync(at, { recursive: true })
  return made
})

const version = () =>
  Code.version(["core/src", "backends/src", "streams/src", "streams/experiments", "sim/src", "sim/hosts"]).slice(0, 12)

/** In a process of its own: TensorFlow keeps one thread busy, and only one of a process's. */
const compare = ({ stream, seed, rounds }: Job, policy: string, data: string, folder: string) =>
  Effect.callback<void, CliError>((resume) => {
    const settings = { stream, data, seed, seeds: 1, rounds, clock: "modelled", threads: 1, out: folder }
    const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
    const child = fork(main, ["compare", `--policies=${policy}`, ...flags, "--resume", "--json"], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"]
    })
    let said = ""
    child.stderr?.on("data", (text: Buffer) => (said = (said + text.toString()).slice(0, 2000)))
    child.on("error", (error) => resume(new CliError({ message: error.message })))
    child.on("close", (code, signal) => resume(code === 0 ? Effect.void : failure(said, signal ?? `exit ${code}`)))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const main = fileURLToPath(new URL("./child.ts", import.meta.url))

/** In its own words, the first line of them. */
const failure = (said: string, end: string) => new CliError({ message: said.trim().split("\n")[0] || end })

const record = Effect.fnUntraced(function* (folder: string, { stream, seed, rounds }: Job, policy: string) {
  if (!existsSync(folder)) return yield* new CliError({ message: `The run in ${folder} has gone; evaluate again.` })
  const { tape, summary, weights } = yield* World.recorded(folder)
  const { experiment, meter, versions } = tape.header as { experiment: Experiment.Experiment } & Tape.Header
  return {
    stream,
    model: experiment.model.kind,
    policy,
    seed,
    rounds,
    finished: summary.rounds,
    iterations: summary.iterations,
    requests: summary.requests,
    seconds: summary.fineTuningSeconds,
    joules: summary.joules,
    meter: meter.source,
    accuracy: summary.accuracy,
    seen: Number.isFinite(summary.seenAccuracy) ? summary.seenAccuracy : null,
    latencyP50: summary.latencySeconds.p50,
    latencyP99: summary.latencySeconds.p99,
    activities: Ledger.merge(Ledger.empty, summary.seconds),
    weights,
    versions: { ...versions }
  } satisfies Results.Run
})

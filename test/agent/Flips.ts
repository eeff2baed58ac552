/**
 * What an agent and a run keep on the disk, with one changed byte at each place: refused in one sentence, or repaired,
 * which means that the run goes on from exactly where it would if the file had been cut before the line of that byte.
 *
 *     node test/agent/Flips.ts [--seed 1] [--every 1]
 */
import assert from "node:assert/strict"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import * as Inbox from "@edgeol/agent/Inbox"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Safetensors from "@edgeol/backends/tfjs/Safetensors"
import * as Tape from "@edgeol/cli/Tape"
import type { Entry, Journal } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import { anyScenario, World } from "@edgeol/test"
import { Effect, Result } from "effect"
import fc from "fast-check"
import type * as Flips from "../deploy/Flips.ts"
import { flip, isSentence } from "../deploy/Flips.ts"
import * as Toy from "./Toy.ts"

const policy = Policies.parse("periodic:2+linear")

const header: Tape.Header = {
  format: "edgeol-tape@1",
  experiment: {},
  stream: "tiny",
  policy: { name: policy.name, config: policy.config as never },
  seed: 1,
  rounds: "warm",
  clock: "modelled",
  meter: { kind: "modelled", source: "orin-nano@15W" },
  units: ["body", "head"],
  scenarios: [],
  versions: {}
}

/** A run with lines beyond its last snapshot that can be followed. */
const recorded = () => {
  const worlds = fc.sample(anyScenario({ arrivals: 12 }), { seed: 1, numRuns: 200 })
  const runs = worlds.map((world) => World.run(policy, { ...world, nanEvery: 0 }))
  return runs.find(({ tape, snapshots }) => {
    const beyond = tape.length - snapshots.at(-1)!.entries
    return snapshots.length === 2 && beyond > 4 && tape.length < 40
  })!
}

const run = recorded()

/** Appends the lines, with the snapshots in between. */
const append = (journal: Journal["Service"], observe: (entry: Entry) => void = () => {}) =>
  Effect.gen(function* () {
    for (const [i, entry] of run.tape.entries()) {
      observe(entry)
      yield* journal.append(entry)
      const snapshot = run.snapshots.find(({ entries }) => entries === i + 1)
      if (snapshot !== undefined) yield* journal.snapshot(snapshot.state)
    }
  })

type Contents = ReadonlyMap<string, Buffer>

const contents = (folder: string): Contents =>
  new Map(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name))] as const)
  )

const put = (folder: string, files: Contents): void => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
}

/** Opens the files in a folder, and gives what it found there, or throws the sentence that refuses them. */
type Open = (folder: string) => unknown

/** What opening gives and leaves of the files, as a text; or the error. */
const attempt = (folder: string, files: Contents, open: Open): unknown => {
  put(folder, files)
  try {
    const given = open(folder)
    const left = open === reads ? [] : [...contents(folder)].map(([name, bytes]) => [name, bytes.toString("base64")])
    return JSON.stringify([given, left])
  } catch (error) {
    assert.ok(isSentence((error as Error).message), String(error))
    return error
  }
}

/** One file among others: repaired where what follows is what the files without the rest from its line on give. */
const subject = (name: string, folder: string, files: Contents, file: string, open: Open): Flips.Subject => {
  const bytes = files.get(file)!
  assert.equal(typeof attempt(folder, files, open), "string", "it opens as it is")
  const cut = new Map<number, unknown>()
  const without = (place: number): unknown => {
    const start = place === 0 ? 0 : bytes.lastIndexOf(10, place - 1) + 1
    if (!cut.has(start)) cut.set(start, attempt(folder, new Map(files).set(file, bytes.subarray(0, start)), open))
    return cut.get(start)
  }
  return {
    name,
    bytes,
    judge: (changed, place) => {
      const told = attempt(folder, new Map(files).set(file, Buffer.from(changed)), open)
      if (typeof told !== "string") return "refused"
      return told === without(place) ? "repaired" : "obeyed"
    }
  }
}

const succeed = <A>(effect: Effect.Effect<A, { readonly message: string }>): A => {
  const result = Effect.runSync(Effect.result(effect))
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** Of a tape's folder: where the run goes on. */
const resumes: Open = (folder) => {
  const options = { folder, header, policy, state: () => undefined, onEntry: () => {}, onSnapshot: () => {} }
  return succeed(Effect.scoped(Recorder.open(options))).resumed
}

const tape = (folder: string): Contents => {
  mkdirSync(folder, { recursive: true })
  let state: unknown = policy.initial
  const options = { folder, header, policy, state: () => state, onEntry: () => {}, onSnapshot: () => {} }
  const decide = ({ observation }: Entry) => void ([state] = policy.decide(state, observation))
  succeed(Effect.scoped(Effect.flatMap(Recorder.open(options), ({ journal }) => append(journal, decide))))
  return contents(folder)
}

/** As it was when its snapshot was taken. */
const covered = (files: Contents): Contents => {
  const { bytes } = JSON.parse(files.get("snapshot.json")!.toString()) as { bytes: number }
  return new Map(files).set("tape-000001.ndjson", files.get("tape-000001.ndjson")!.subarray(0, bytes))
}

const inboxOf = (folder: string) =>
  Inbox.open({ folder, shape: [2, 2, 1], validation: 0.25, most: 1e6, fileBytes: 300 })

/** Of an inbox: its batches, and what waits. */
const takes: Open = (folder) => {
  const inbox = inboxOf(folder)
  const batches = Array.from({ length: inbox.cuts() }, (_, id) => [...inbox.batch(id).train.labels])
  const given = [batches, inbox.waiting()]
  inbox.close()
  return given
}

const inbox = (folder: string): Contents => {
  mkdirSync(folder, { recursive: true })
  const one = inboxOf(folder)
  for (let i = 0; i < 6; i++) {
    one.add({ labels: [i, i, i], inputs: new Uint8Array(12).fill(i) })
    if (one.waiting() >= 5) one.cut(5)
  }
  one.close()
  return contents(folder)
}

/** A run of `edgeol run`: read to its end, or gone on from its snapshot. */
const reads: Open = (folder) => succeed(Tape.read(folder))
const goesOn: Open = (folder) =>
  succeed(Effect.scoped(Effect.flatMap(Tape.open({ folder, header, resume: true }), (of) => of.resume)))

const ofRun = (folder: string): Contents => {
  succeed(Effect.scoped(Effect.flatMap(Tape.open({ folder, header, resume: false }), append)))
  return contents(folder)
}

/** Everything that is kept, each file of a small one. */
const subjects = async (home: string): Promise<ReadonlyArray<Flips.Subject>> => {
  const tapes = tape(join(home, "tape"))
  const inboxes = inbox(join(home, "inbox"))
  mkdirSync(join(home, "run"))
  const runs = ofRun(join(home, "run"))
  await Toy.subject(home)
  const initial = join(home, "initial")
  const model = readFileSync(join(initial, Toy.checkpoint(initial)))
  // The sentence is the checkpoint's, which names the file.
  const decodes: Open = (folder) => {
    const decoded = Result.try(() => Safetensors.decode(readFileSync(join(folder, "model"))))
    if (Result.isFailure(decoded)) throw new Error("Refused.")
  }
  const aside = (name: string) => join(home, "flipped", name)
  return [
    subject("agent's tape", aside("tape"), tapes, "tape-000001.ndjson", resumes),
    subject(
      "agent's tape, without lines beyond its snapshot",
      aside("tape"),
      covered(tapes),
      "tape-000001.ndjson",
      resumes
    ),
    subject("agent's snapshot", aside("tape"), tapes, "snapshot.json", resumes),
    ...[...inboxes.keys()].map((file) => subject(`agent's ${file}`, aside("inbox"), inboxes, file, takes)),
    subject("run's tape, read", aside("run"), runs, "tape.ndjson", reads),
    subject("run's tape, resumed", aside("run"), runs, "tape.ndjson", goesOn),
    subject("run's snapshot", aside("run"), runs, "snapshot.json", goesOn),
    subject("model", aside("model"), new Map([["model", model]]), "model", decodes)
  ]
}

/** Every so many-th byte, and every line end. */
const places = (bytes: Uint8Array, every: number): ReadonlyArray<number> =>
  Array.from(bytes.keys()).filter((place) => place % every === 0 || bytes[place] === 10)

/** Changes every so many-th byte of everything that is kept. Throws where one is obeyed. */
export const tried = async (seed: number, every: number): Promise<ReadonlyArray<Flips.Outcome>> => {
  const home = Toy.folder()
  try {
    const rng = Rng.named(seed, "flips")
    const outcomes: Array<Flips.Outcome> = []
    for (const one of await subjects(home)) {
      outcomes.push(await flip(one, places(one.bytes, every), rng))
    }
    return outcomes
  } finally {
    Toy.remove(home)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seed: { type: "string" }, every: { type: "string" } } })
  for (const outcome of await tried(Number(values.seed ?? 1), Number(values.every ?? 1)))
    console.log(JSON.stringify(outcome))
}

/**
 * Kills an agent again and again, then asks whether anything is missing: every sample that was acknowledged is there once
 * and as it was sent, every batch was taken once and in its order, the policy decides again what the tape says, and the
 * model is, to the bit, what the tape's rounds make of these batches when nobody is killed.
 *
 *     node test/agent/Kills.ts [--kills 500] [--seed 1] [--out FILE]
 *
 * A moment is any of a life, from its start on, or an operation on the disk: before it, in its middle or after it, and
 * half of these with what a power cut takes along. Kills come in series of 25, each with an agent of its own; a series
 * is a line of the file, and one that is there is not run again. Ends with the number of kills in each phase.
 */
import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import * as Inbox from "@edgeol/agent/Inbox"
import * as Monitor from "@edgeol/agent/Monitor"
import * as Recorder from "@edgeol/agent/Recorder"
import * as Segments from "@edgeol/agent/Segments"
import * as Subject from "@edgeol/agent/Subject"
import * as Sealed from "@edgeol/backends/journal/Sealed"
import * as Decision from "@edgeol/core/Decision"
import * as Examples from "@edgeol/core/Examples"
import type { Entry } from "@edgeol/core/Journal"
import type { Round } from "@edgeol/core/Learner"
import * as Policies from "@edgeol/core/Policies"
import * as Recipe from "@edgeol/core/Recipe"
import * as Rng from "@edgeol/core/Rng"
import { Effect } from "effect"
import * as Death from "../fakes/Death.ts"
import * as Built from "./Built.ts"
import * as Slices from "../fakes/Slices.ts"
import * as Client from "./Client.ts"
import * as Toy from "./Toy.ts"

/** With rounds alone, with a fast head and stored samples beside them, and with a fast head alone. */
const policies = ["periodic:2+linear", "periodic:3+replay:8+head", "head"]

export interface Outcome {
  readonly seed: number
  readonly policy: string
  readonly kills: number
  /** What it did when it was killed. */
  readonly moments: Readonly<Record<string, number>>
  readonly powerCuts: number
  /** Bytes and changes of folders that these took along. */
  readonly lost: { readonly bytes: number; readonly changes: number }
  /** Pieces of four samples that were acknowledged. */
  readonly acknowledged: number
  readonly batches: number
  readonly rounds: number
  readonly lines: number
  readonly seconds: number
}

/** What an agent does in its life, by the names of moments. */
const phases: Readonly<Record<string, RegExp>> = {
  starting: /^starting$/,
  answering: /answering$/,
  "taking samples": /taking samples$/,
  "in a round": /^training/,
  "a line of the inbox": /(write|sync|cut) inbox-#\.ndjson$/,
  "the inbox's next file": /(create|remove) inbox-#\.ndjson$|sync folder inbox/,
  "a line of the tape": /(write|sync|cut) tape-#\.ndjson$/,
  "the tape's next file": /tape-#\.ndjson\.#\.tmp$|(rename|remove) tape-|sync folder tape/,
  "a snapshot": /snapshot\.json/,
  "a model": /checkpoint-|reference/
}

/** What one series goes through. */
interface Series {
  readonly home: string
  /** The agent as one file. */
  readonly program: string
  readonly policy: string
  readonly rng: Rng.Rng
  readonly door: Client.Door
  readonly moments: Record<string, number>
  readonly lost: { bytes: number; changes: number }
  powerCuts: number
  /** Operations that were seen, with how often one life had them. */
  readonly operations: Map<string, number>
  /** Pieces that were acknowledged, and the next one. */
  readonly kept: Array<number>
  next: number
  /** Seconds from a start to its first answer. */
  usual: number
}

/** Four samples whose first bytes tell their piece. */
const numbered = (piece: number): Examples.Examples => {
  const examples = Toy.images(1 + (piece % 4), 4, piece % 100)
  const inputs = Uint8Array.from(examples.inputs)
  for (let i = 0; i < 4; i++) new DataView(inputs.buffer).setUint32(i * 3072, piece)
  return { ...examples, inputs }
}

const below = (home: string) => join(home, "state")
const tapes = (home: string) => join(home, "state/tape")

interface Life {
  readonly agent: ChildProcess
  readonly end: Promise<void>
  /** What it does for whoever asks; changes until it is dead. */
  readonly use: { doing: string; isOver: boolean; readonly answers: () => void }
  readonly began: number
  readonly answered: Promise<void>
}

const start = ({ home, policy, program }: Pick<Series, "home" | "policy" | "program">, at?: Death.Moment): Life => {
  const said = openSync(join(home, "said"), "a")
  const agent = spawn(process.execPath, ["--import", Death.file, program, home, policy], {
    stdio: ["ignore", "ignore", said],
    env: { ...process.env, ...Death.environment({ below: below(home), ...(at === undefined ? {} : { at }) }) }
  })
  closeSync(said)
  const end = new Promise<void>((done) => agent.once("close", () => done()))
  const answered = Promise.withResolvers<void>()
  const use = { doing: "starting", isOver: false, answers: answered.resolve }
  return { agent, end, use, began: performance.now(), answered: answered.promise }
}

const isGone = ({ agent }: Life) => agent.exitCode !== null || agent.signalCode !== null

const answers = async (door: Client.Door) => {
  try {
    return (await Client.get(door, "/health")).json.status === "learning"
  } catch {
    return false
  }
}

/** Teaches one piece after another, and asks in between, until it is told to stop or the agent is gone. */
const use = async (series: Series, life: Life): Promise<void> => {
  const { door, kept } = series
  try {
    while (!(await answers(door))) {
      if (isGone(life)) return
      await sleep(20)
    }
    series.usual = (performance.now() - life.began) / 1000
    life.use.answers()
    while (!life.use.isOver) {
      const piece = series.next++
      life.use.doing = "taking samples"
      const { status } = await Client.teach(door, numbered(piece))
      if (status === 200) kept.push(piece)
      life.use.doing = "answering"
      await Client.predict(door, Toy.image(numbered(piece), 0))
      await sleep(5)
    }
  } catch {
    // It was killed.
  }
}

/** When the next kill comes: seconds after the start or after its first answer, or an operation. */
type Moment = { readonly starting: number } | { readonly answering: number } | Death.Moment

const moment = ({ rng, operations, usual }: Series): Moment => {
  if (operations.size === 0 || rng.next() < 0.3)
    return rng.next() < 0.25 ? { starting: usual * rng.next() } : { answering: 1.5 * rng.next() }
  const seed = rng.below(2 ** 31)
  const way = (["before", "torn", "after"] as const)[rng.below(3)]!
  const isPowerCut = rng.next() < 0.5
  if (rng.next() < 0.2) return { operation: "", nth: 1 + rng.below(40), way, isPowerCut, seed }
  const [operation, count] = [...operations][rng.below(operations.size)]!
  return { operation, nth: 1 + rng.below(Math.min(count, 3)), way, isPowerCut, seed }
}

/** Operations that do not come in so many seconds are not waited for. */
const patience = 2.5

/** One life, to its kill. */
const kill = async (series: Series): Promise<void> => {
  const at = moment(series)
  const life = start(series, "way" in at ? at : undefined)
  const using = use(series, life)
  if ("starting" in at) await sleep(at.starting * 1000)
  else {
    await Promise.race([life.end, life.answered])
    await Promise.race([life.end, sleep("way" in at ? patience * 1000 : at.answering * 1000)])
  }
  const { doing } = life.use
  const isCutOff = !isGone(life)
  life.agent.kill("SIGKILL")
  life.use.isOver = true
  await Promise.all([life.end, using])
  if (life.agent.signalCode !== "SIGKILL") throw new Error(`It ended by itself: ${said(series.home)}`)
  const died = noted(series)
  const what = isCutOff ? during(series.home, doing) : `${died!.way} ${died!.died}`
  series.moments[what] = (series.moments[what] ?? 0) + 1
}

const said = (home: string) =>
  readFileSync(join(home, "said"), "utf8")
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("    at"))
    .slice(-8)
    .join("\n")

interface Died {
  readonly died: string
  readonly way: string
  readonly isPowerCut: boolean
  readonly lost?: { readonly bytes: number; readonly changes: number }
}

/** Reads what the life did on the disk, and how it died if that was there. */
const noted = (series: Series): Died | undefined => {
  const path = Death.notes(below(series.home))
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, "utf8").trim().split("\n")
  rmSync(path)
  let died: Died | undefined
  for (const line of lines.map((text) => JSON.parse(text))) {
    if ("died" in line) died = line
    else series.operations.set(line.operation, Math.max(line.count, series.operations.get(line.operation) ?? 0))
  }
  if (died?.isPowerCut === true) series.powerCuts += 1
  series.lost.bytes += died?.lost?.bytes ?? 0
  series.lost.changes += died?.lost?.changes ?? 0
  return died
}

/** In a round, or else what was asked of it. */
const during = (home: string, doing: string): string => {
  const tags = (Recorder.last(tapes(home)) === undefined ? [] : linesOf(home)).map(
    ({ observation }) => observation._tag
  )
  const isTraining = tags.lastIndexOf("RoundStarted") > tags.lastIndexOf("RoundFinished")
  return doing !== "starting" && isTraining ? `training, ${doing}` : doing
}

/** Every file that there was of a kind, the removed ones too, in a folder for reading. */
const all = (home: string, kind: "tape" | "inbox"): string => {
  const folder = join(home, "all", kind)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const there = readdirSync(join(home, "state", kind)).filter((name) => /^(tape|inbox)-\d+\.ndjson$/.test(name))
  const gone = existsSync(Death.removed(below(home))) ? readdirSync(Death.removed(below(home))) : []
  const older = gone.filter(
    (name) => name.startsWith(`${kind}-`) && name.endsWith(".ndjson") && name < there.toSorted().at(-1)!
  )
  for (const name of older) copyFileSync(join(Death.removed(below(home)), name), join(folder, name))
  for (const name of there) copyFileSync(join(home, "state", kind, name), join(folder, name))
  return folder
}

/** Lines of all tapes; one that is cut off at the end is none. */
const linesOf = (home: string): ReadonlyArray<Entry> => files(home).flatMap(({ entries }) => entries)

const files = (home: string) => {
  const folder = all(home, "tape")
  return Recorder.files(folder).map((file) => {
    const [header = "", ...lines] = readFileSync(Recorder.pathOf(folder, file), "utf8").split("\n").slice(0, -1)
    return {
      from: (Sealed.open(header) as { from?: unknown }).from,
      entries: lines.map((line) => Sealed.open(line) as Entry)
    }
  })
}

/** Lets it take and learn what there is, and ends it. */
const finish = async (series: Series): Promise<void> => {
  const life = start(series)
  const { door } = series
  const isDone = async () =>
    (await answers(door)) &&
    (await Client.metric(door, "training")) === 0 &&
    (await Client.metric(door, "samples_waiting")) < 8
  for (const until = performance.now() + 300_000; !(await isDone()); await sleep(100)) {
    if (isGone(life) || performance.now() > until) throw new Error(`It does not come to its end: ${said(series.home)}`)
  }
  await sleep(300)
  life.agent.kill("SIGKILL")
  await life.end
}

/** All that was taken in, as it lies in the inbox: its pieces in their order, and the samples of each batch. */
const taken = (home: string) => {
  const folder = all(home, "inbox")
  let [came, cutTo, batches] = [0, 0, 0]
  const pieces: Array<number> = []
  const files = Segments.open({ folder, name: "inbox", fileBytes: 1e12 }, (line) => {
    const { first, labels, inputs, batch, from, to } = line as any
    if (first === undefined) {
      assert.deepEqual([batch, from], [batches, cutTo], "batches follow one another")
      ;[batches, cutTo] = [batch + 1, to]
      return
    }
    assert.equal(first, came, "samples follow one another")
    came += labels.length
    const bytes = Buffer.from(inputs, "base64")
    const piece = bytes.readUInt32BE(0)
    const sent = numbered(piece)
    assert.deepEqual([...labels], [...sent.labels], "labels are those that were sent")
    assert.equal(Buffer.compare(bytes, sent.inputs), 0, "samples are those that were sent")
    pieces.push(piece)
  })
  files.close()
  assert.ok(came - cutTo < 8, "what was taken in is in a batch")
  const subject = Toy.base(join(home, "initial"), "")
  const inbox = Inbox.open({ folder, shape: subject.shape, validation: subject.validation, most: 1e12 })
  return { pieces, batches, batch: (id: number) => inbox.batch(id).train, close: inbox.close }
}

/** A learner in a folder, with the model of a checkpoint there. */
const learnerOf = Effect.fnUntraced(function* (home: string, folder: string, checkpoint: string) {
  const learner = yield* Subject.learner(Toy.base(join(home, "initial"), ""), folder)
  yield* learner.restore(checkpoint)
  return learner
})

/** The model that the decisions of a tape make of its batches, without a kill; and how many batches its rounds took. */
const uninterrupted = (home: string, lines: ReadonlyArray<Entry>, batch: (id: number) => Examples.Examples) =>
  Effect.gen(function* () {
    const initial = join(home, "initial")
    Subject.install(Toy.base(initial, ""), join(home, "again"))
    const learner = yield* learnerOf(home, join(home, "again"), Toy.checkpoint(initial))
    let [next, recipe] = [0, {} as Recipe.Recipe]
    let round: Round | undefined
    for (const { observation, decision } of lines) {
      if (observation._tag === "RoundStarted") {
        const samples = Array.from({ length: observation.batches }, () => batch(next++))
        round = (yield* learner.begin(Examples.concat(samples, Toy.stream.shape))).value
      }
      if (observation._tag === "StepFinished") yield* round!.step
      if (observation._tag === "RoundFinished") yield* round!.finish
      if (observation._tag === "Adapted") yield* learner.adapt(batch(observation.batch))
      for (const part of Decision.parts(decision)) {
        if (part._tag === "Freeze") yield* learner.freeze(part.units)
        if (part._tag === "Recipe") yield* learner.recipe((recipe = Recipe.merge(recipe, part.recipe)))
      }
    }
    return { weights: yield* learner.digest, next }
  }).pipe(Effect.scoped, Effect.runPromise)

/** Of the model that the killed agent left, with what its fast head learnt since. */
const left = (home: string, lines: ReadonlyArray<Entry>, batch: (id: number) => Examples.Examples) => {
  const models = join(home, "state/models")
  const folder = join(models, readdirSync(models)[0]!)
  const { checkpoint, adapted } = Recorder.last(tapes(home))!.state
  return Effect.gen(function* () {
    const learner = yield* learnerOf(home, folder, checkpoint)
    for (const { observation } of lines) {
      if (observation._tag === "Adapted" && observation.batch > adapted) yield* learner.adapt(batch(observation.batch))
    }
    return yield* learner.digest
  }).pipe(Effect.scoped, Effect.runPromise)
}

/** The policy decides again what the tape says, and goes over into the states with which its files begin. */
const decidesAgain = (policy: string, home: string): void => {
  const { guarded } = Monitor.make(Policies.parse(policy), {}, () => {})
  let state = guarded.initial
  for (const { from, entries } of files(home)) {
    if (from !== undefined)
      assert.deepEqual(JSON.parse(JSON.stringify(state)), from, "a file begins with the policy's state")
    for (const { observation, decision } of entries) {
      const [next, again] = guarded.decide(state, observation)
      assert.deepEqual(JSON.parse(JSON.stringify(again)), decision, "the policy decides again what the tape says")
      state = next
    }
  }
}

/** Throws where anything is missing, there twice, or another. */
const checked = async ({ home, policy, kept }: Series) => {
  const lines = linesOf(home)
  const { pieces, batches, batch, close } = taken(home)
  assert.deepEqual(
    pieces,
    [...new Set(pieces)].toSorted((a, b) => a - b),
    "each piece is there once, in its order"
  )
  const there = new Set(pieces)
  assert.deepEqual(
    kept.filter((piece) => !there.has(piece)),
    [],
    "what was acknowledged is there"
  )
  const arrived = lines.flatMap(({ observation }) => (observation._tag === "BatchArrived" ? [observation.batch] : []))
  assert.deepEqual(
    arrived,
    Array.from({ length: batches }, (_, id) => id),
    "each batch was taken once, in its order"
  )
  const adapted = lines.flatMap(({ observation }) => (observation._tag === "Adapted" ? [observation.batch] : []))
  if (policy.includes("head")) assert.deepEqual(adapted, arrived, "the fast head learnt each batch once")
  decidesAgain(policy, home)
  const { weights, next } = await uninterrupted(home, lines, batch)
  const rounds = lines.filter(({ observation }) => observation._tag === "RoundFinished").length
  if (policy.includes("periodic")) assert.ok(next >= batches - 2, "rounds learnt the batches")
  assert.equal(weights, await left(home, lines, batch), "the model is that of a run that nobody killed")
  close()
  return { batches, rounds, lines: lines.length }
}

/** An agent that is killed so many times. Throws where it does not go on as if nothing had happened. */
export const run = async (seed: number, kills = 25): Promise<Outcome> => {
  const begun = performance.now()
  const home = Toy.folder()
  await Toy.subject(home)
  const policy = policies[seed % policies.length]!
  const series: Series = {
    home,
    program: await Built.program(join(import.meta.dirname, "life.ts")),
    policy,
    rng: Rng.named(seed, "kills"),
    door: { socketPath: join(home, "agent.sock") },
    moments: {},
    lost: { bytes: 0, changes: 0 },
    powerCuts: 0,
    operations: new Map(),
    kept: [],
    next: 0,
    usual: 1
  }
  try {
    for (let i = 0; i < kills; i++) await kill(series)
    await finish(series)
    const counts = await checked(series)
    Toy.remove(home)
    const { moments, powerCuts, lost, kept } = series
    const seconds = Math.round((performance.now() - begun) / 1000)
    return { seed, policy, kills, moments, powerCuts, lost, acknowledged: kept.length, ...counts, seconds }
  } catch (error) {
    console.error(`Seed ${seed}, ${policy}; see ${home}.`)
    throw error
  }
}

const each = 25

if (import.meta.main) {
  const { values } = parseArgs({
    options: { kills: { type: "string" }, seed: { type: "string" }, out: { type: "string" } }
  })
  const { kills = "500", seed = "1", out } = values
  const outcomes = await Slices.run(Number(seed), Math.ceil(Number(kills) / each), out, (one) => run(one, each))
  Slices.judged(outcomes, phases)
}

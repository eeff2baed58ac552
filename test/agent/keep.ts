/**
 * Keeps a tape and an inbox as an agent does, without a model: `node --import ../fakes/Death.ts keep.ts HOME POLICY`
 * appends what `HOME/run.json` has beyond the lines that are there, and samples beyond those in `HOME/acknowledged`.
 */
import assert from "node:assert/strict"
import { appendFileSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Inbox from "@edgeol/agent/Inbox"
import * as Recorder from "@edgeol/agent/Recorder"
import { Entry, Snapshot } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import { Effect, Schema } from "effect"

const [home = "", specification = ""] = process.argv.slice(2)
const Run = Schema.Struct({
  pieces: Schema.Int,
  tape: Schema.Array(Entry),
  snapshots: Schema.Array(Schema.Struct({ entries: Schema.Int, state: Snapshot }))
})
const { pieces, tape, snapshots } = Schema.decodeUnknownSync(Schema.toCodecJson(Run))(
  JSON.parse(readFileSync(join(home, "run.json"), "utf8"))
)
const folder = join(home, "state/tape")

/** Samples in pieces of three, and batches of five of them. */
const taking = () => {
  const options = { folder: join(home, "state/inbox"), shape: [2, 2, 1], validation: 0, most: 1e9, fileBytes: 300 }
  const inbox = Inbox.open({ ...options, shape: [2, 2, 1] })
  const came = 5 * inbox.cuts() + inbox.waiting()
  assert.ok(came % 3 === 0, "pieces are whole")
  let piece = came / 3
  return () => {
    if (inbox.waiting() >= 5) inbox.cut(5)
    else if (piece < pieces) {
      inbox.add({ labels: [piece, piece, piece], inputs: new Uint8Array(12).fill(piece) })
      appendFileSync(join(home, "acknowledged"), `${piece}\n`)
      piece += 1
    }
  }
}

const there = () => Recorder.files(folder).reduce((sum, file) => sum + lines(file), 0)
const lines = (file: number) => readFileSync(Recorder.pathOf(folder, file), "utf8").split("\n").length - 2

/** A run that goes on does so in the state that it had after so many lines. */
const agrees = (resumed: Snapshot | undefined, entries: number) => {
  const known = snapshots.findLast((snapshot) => snapshot.entries === entries)?.state
  if (resumed !== undefined && known !== undefined) assert.deepEqual(resumed.policy, known.policy)
  if (resumed !== undefined && known !== undefined) assert.equal(resumed.checkpoint, known.checkpoint)
}

const program = Effect.gen(function* () {
  const take = taking()
  let state: unknown
  const policy = Policies.parse(specification)
  const { journal, resumed } = yield* Recorder.open({
    folder,
    header: { format: "edgeol-tape@1", policy: { name: specification } },
    policy,
    state: () => state,
    onEntry: () => {},
    onSnapshot: () => {},
    limits: { fileBytes: 3000, files: 1e9, between: 0 }
  })
  let position = there()
  agrees(resumed, position)
  state = resumed === undefined ? policy.initial : resumed.policy
  for (const entry of tape.slice(position)) {
    ;[state] = policy.decide(state, entry.observation)
    yield* journal.append(entry)
    position += 1
    take()
    const snapshot = snapshots.find(({ entries }) => entries === position)
    if (snapshot !== undefined) yield* journal.snapshot(snapshot.state)
  }
  for (let i = 0; i < 2 * pieces; i++) take()
})

await Effect.runPromise(Effect.scoped(program))

/** The law of a journal: what was written down before the last snapshot comes back, and the run goes on from there. */
import { type Entry, Journal, type Snapshot } from "@edgeol/core/Journal"
import { Effect, type Layer, Option } from "effect"
import * as Json from "@edgeol/verify/Json"

/** A place that journals are kept in: each build of the layer opens it again, as a new process would. */
export interface Store<E> {
  readonly layer: Layer.Layer<Journal, E>
  /** All that is on the tape. */
  readonly tape: Effect.Effect<ReadonlyArray<Entry>, E>
}

/** Half a run: lines, and the snapshot after them. */
export interface Part {
  readonly entries: ReadonlyArray<Entry>
  readonly snapshot: Snapshot
}

/**
 * Writes a part, then lines that no snapshot covers; loses power; opens again and writes the second part. In one
 * sentence what does not come back as written, if anything.
 */
export const check = Effect.fnUntraced(function* <E>(
  store: Store<E>,
  before: Part,
  lost: Part["entries"],
  after: Part
) {
  const fresh = yield* open(store, write(before, lost))
  if (Option.isSome(fresh)) return "An empty journal says where to go on."
  const second = yield* open(store, write(after, []))
  const path = Json.difference(before.snapshot, Option.getOrUndefined(second), "snapshot")
  if (path !== undefined) return `The journal gives another ${path} back.`
  const entry = Json.difference([...before.entries, ...after.entries], yield* store.tape, "tape")
  return entry && `The journal gives another ${entry} back.`
})

/** Opens the journal, asks where to go on, then writes. */
const open = <E>(store: Store<E>, act: Effect.Effect<void, unknown, Journal>) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const resumed = yield* journal.resume
    yield* act
    return resumed
  }).pipe(Effect.provide(store.layer))

const write = ({ entries, snapshot }: Part, lost: Part["entries"]) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    for (const entry of entries) yield* journal.append(entry)
    yield* journal.snapshot(snapshot)
    for (const entry of lost) yield* journal.append(entry)
  })

/** Surrogates of fast heads: those that come with the program, by stream, and new ones from recorded runs. */
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { canonical } from "@edgeol/sim/Canonical"
import type * as TapeTimeline from "@edgeol/sim/replay/TapeTimeline"
import * as Head from "@edgeol/sim/surrogate/Head"
import * as HeadFit from "@edgeol/sim/surrogate/HeadFit"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"
import { Effect } from "effect"
import * as Atlas from "../atlas/Atlas.ts"
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import * as Tape from "../Tape.ts"
import * as HeadRecording from "./HeadRecording.ts"

export interface Known {
  readonly head: Head.Head
  /** As the tape's own head shows it, where there is one. */
  readonly twin: Head.Twin | undefined
}

export const fileOf = (stream: string): string => join(Atlas.folder, "heads", `${stream.replaceAll("/", "-")}.json`)

/** Of a tape's stream, told what the tape says of its own head. */
export const of = Effect.fnUntraced(function* (tape: Tape.Tape, arrivals: ReadonlyArray<TapeTimeline.Arrival>) {
  const { header } = tape
  const file = fileOf(header.stream)
  if (!existsSync(file)) return undefined
  const head = yield* load(file)
  const { body } = head
  if (canonical(body.experiment) !== canonical(header.experiment)) return undefined
  const known = body.twins.find(({ seed }) => seed === header.seed)
  const own = recording(tape, arrivals, body.scenes.length)
  const isTold = known === undefined && own.sights.length > 0
  return { head, twin: isTold ? HeadFit.twinOf(head, [own]) : known } satisfies Known
})

const load = (file: string): Effect.Effect<Head.Head, CliError | Surrogate.SurrogateError> =>
  Effect.try({
    try: () => Head.parse(file, readFileSync(file, "utf8")),
    catch: (error) =>
      error instanceof Surrogate.SurrogateError
        ? error
        : new CliError({
            message: `Cannot read ${file}: ${Files.reason(error)}; make it again with edgeol atlas head.`
          })
  })

const recording = ({ header, entries }: Tape.Tape, arrivals: ReadonlyArray<TapeTimeline.Arrival>, scenes: number) =>
  HeadRecording.recording(entries, arrivals, { policy: header.policy.name, seed: header.seed, scenes })

export interface Recorded {
  readonly tape: Tape.Tape
  readonly arrivals: ReadonlyArray<TapeTimeline.Arrival>
}

/** Of recorded runs of one stream in which a head learnt; `first` names the scene before deployment. */
export const fit = (runs: ReadonlyArray<Recorded>, first: string): Head.Head => {
  const { header } = runs[0]!.tape
  const hash = createHash("sha256")
  for (const { tape } of runs) hash.update(Tape.hash(tape.entries))
  const scenes = [first, ...header.scenarios]
  const { machine: _, ...versions } = header.versions
  return HeadFit.fit(
    runs.map(({ tape, arrivals }) => recording(tape, arrivals, scenes.length)),
    {
      stream: header.stream,
      experiment: JSON.parse(JSON.stringify(header.experiment)),
      scenes,
      provenance: { tapes: hash.digest("hex"), versions }
    }
  )
}

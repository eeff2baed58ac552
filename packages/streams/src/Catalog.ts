/** The streams there are, by name and version. */
import { SamplesError } from "@edgeol/core/Samples"
import { Effect } from "effect"
import * as Patterns from "./Patterns.ts"
import type { Stream } from "./Stream.ts"

/** Opens what a stream reads from the data folder, once; then a seed gives the stream. */
type Open = (data: string) => Effect.Effect<(seed: number) => Stream, SamplesError>

const streams: Readonly<Record<string, Open>> = {
  "patterns/nic@1": () => Effect.succeed(Patterns.nic)
}

export const names: ReadonlyArray<string> = Object.keys(streams)

/** `data` is the folder of the data sets; built-in streams do not read it. */
export const open = (name: string, data: string): Effect.Effect<(seed: number) => Stream, SamplesError> => {
  const stream = Object.hasOwn(streams, name) ? streams[name] : undefined
  if (stream !== undefined) return stream(data)
  const message = `There is no stream called "${name}"; name one of ${names.join(", ")}.`
  return Effect.fail(new SamplesError({ message }))
}

/** The streams there are, by name and version. */
import { SamplesError } from "@edgeol/core/Samples"
import { Effect } from "effect"
import * as Cifar from "./Cifar.ts"
import * as Fashion from "./Fashion.ts"
import * as Gtsrb from "./Gtsrb.ts"
import * as Patterns from "./Patterns.ts"
import type { Stream } from "./Stream.ts"

/** Opens what a stream reads from the data folder, once; then a seed gives the stream. */
type Open = (data: string) => Effect.Effect<(seed: number) => Stream, SamplesError>

const streams: Readonly<Record<string, Open>> = {
  "cifar10/nc@1": (data) => Effect.map(Cifar.read(data), Cifar.nc),
  "cifar10/ni@1": (data) => Effect.map(Cifar.read(data), Cifar.ni),
  "fashion-mnist/nc@1": (data) => Effect.map(Fashion.read(data), Fashion.nc),
  "gtsrb32/nc@1": (data) => Effect.map(Gtsrb.read(data), Gtsrb.nc),
  "gtsrb32/ni@1": (data) => Effect.map(Gtsrb.read(data), Gtsrb.ni),
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

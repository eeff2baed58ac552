/** Trains one step in a process of its own, so that a library that crashes leaves a sentence and not a dead caller. */
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import * as Engine from "./Engine.ts"
import * as Run from "./Run.ts"
import * as Failure from "./TensorflowError.ts"

/** Also from a notebook, whose own program is Deno's. */
const node = "deno" in process.versions ? "node" : process.execPath

/** Fails unless tfjs-node loads in a fresh process and a training step lowers a loss. */
export const run = Effect.gen(function* () {
  const result = yield* Run.run(node, [fileURLToPath(import.meta.url)])
  if (result.status !== 0) return yield* Failure.loadFailed(Run.complaint(result))
})

if (import.meta.main) Engine.tryStep(Engine.start(Engine.defaultThreads()))

/** `node installs.ts CACHE WHEEL`: installs a wheel, given as JSON, as a process of its own. */
import * as Install from "@edgeol/backends/tensorflow/Install"
import * as Lock from "@edgeol/backends/tensorflow/Lock"
import { Effect } from "effect"

const [cache = "", wheel = ""] = process.argv.slice(2)
await Effect.runPromise(Lock.hold(cache, Install.install(JSON.parse(wheel), cache)))

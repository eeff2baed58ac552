/** An agent in a process of its own, for tests that kill it: `serve.ts HOME POLICY`; the model lies in `HOME/initial`. */
import { join } from "node:path"
import * as Service from "@edgeol/agent/Service"
import * as Policies from "@edgeol/core/Policies"
import { Effect } from "effect"
import * as Toy from "./Toy.ts"

const [home = "", policy = ""] = process.argv.slice(2)
const initial = join(home, "initial")

await Effect.runPromise(
  Service.run({
    subject: { ...Toy.base(initial, Toy.checkpoint(initial)), policy: Policies.parse(policy) },
    state: join(home, "state"),
    socket: join(home, "agent.sock"),
    // So that a test can look at every batch at the end.
    inbox: { most: 1e12, fileBytes: 1e12 },
    device: "orin-nano@15W",
    root: join(home, "root")
  })
)

/** A policy that is good, but for what it asks of the system. */
import { hostname } from "node:os"
import * as Decision from "@edgeol/core/Decision"
import * as Policy from "@edgeol/core/Policy"

export default Policy.make({
  name: "reader",
  config: { host: hostname() },
  initial: null,
  decide: (_, state) => [state, Decision.wait]
})

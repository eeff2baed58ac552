/** Never trains: the reference for what adaptation is worth. */
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const make = (config: typeof Policy.NoFields.Encoded = {}): Policy.Policy<null> =>
  Policy.make({
    name: "never",
    config: Policy.config("never", Policy.NoFields)(config),
    initial: null,
    decide: () => [null, Decision.wait]
  })

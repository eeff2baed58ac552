/** Never trains: the reference for what adaptation is worth. */
import * as Decision from "../Decision.ts"
import * as Policy from "../Policy.ts"

export const make = (): Policy.Policy<null> =>
  Policy.make({ name: "never", config: {}, initial: null, decide: () => [null, Decision.wait] })

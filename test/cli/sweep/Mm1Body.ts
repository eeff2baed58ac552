/** A trial that takes milliseconds and depends on its seed and its policy: M/M/1 with as many customers as the policy says. */
import type { Body } from "@edgeol/cli/sweep/Pool"
import * as Mm1 from "../../bench/mm1/Mm1.ts"

export interface Shared {
  /** Customers for each letter of a policy. */
  readonly customers: number
}

export const columns = { customers: "BIGINT", mean: "DOUBLE" } as const

export const body: Body<Shared> =
  (shared) =>
  ({ specification, seed }) => {
    if (seed === 0) throw new Error("there is no zeroth try")
    const customers = shared.customers * specification.length
    return { customers, mean: Mm1.run({ arrivals: 0.8, services: 1, seed }, customers) }
  }

/**
 * When waiting has cost as much as a round: dynamic TCP acknowledgement (Dooly, Goldman and Scott, JACM 48(2), 2001) with
 * batches for packets and requests for time. Theorem and proof, and what they assume, are in `BREAK-EVEN.md`.
 *
 * What waiting costs is booked in accounts; a round is due when one of them is above a share of its cost, and empties all.
 * With a single account, of all that waiting has lost, no schedule costs less than half as much. With one for each waiting
 * batch, of what a round right after it would have saved by now, and a share that is drawn once for the run, the expected
 * ratio is e / (e - 1) (Karlin, Kenyon and Randall, STOC 2001).
 */
import * as Exact from "./Exact.ts"
import * as Rng from "./Rng.ts"

/** Joules since the last round. */
export type Accounts = ReadonlyArray<number>

export const empty: Accounts = []

/** A request is answered, and costs each account so much. What is not open yet is opened. */
export const answered = (accounts: Accounts, losses: ReadonlyArray<number>): Accounts =>
  losses.map((loss, i) => Math.min(Number.MAX_VALUE, (accounts[i] ?? 0) + loss))

/**
 * Whether to run a round that costs so much. Asked with the accounts as the next request would leave them, it is the rule
 * "round first"; with the accounts as the last one left them, "answer first".
 */
export const due = (accounts: Accounts, cost: number, share = 1): boolean =>
  accounts.some((joules) => joules > share * cost)

/** A share with density `e^z / (e - 1)` on [0, 1]: for a whole run and an account for each batch. */
export const drawn = (seed: number): number => Exact.log(1 + Rng.named(seed, "threshold").next() * (Math.E - 1))

/**
 * The accounts of `BreakEvenRule` for batches that wait, so many at most however many do: one for all of them, or one for
 * each of them and what came before it.
 *
 * Of those for each, some can be left out and change nothing: a round learns from more errors the later it is, so of batches
 * that came between two requests the last one's account stays the fullest, and a batch without errors has one that another
 * had before. Beyond `most`, the account goes whose neighbours' errors differ least by a factor, as in an exponential
 * histogram (Datar, Gionis, Indyk and Motwani, SIAM J. Comput. 31(6), 2002). What a round mends is at most proportional to
 * the errors it learns from, so the account before it holds at least that part of what it held.
 */
import * as BreakEvenRule from "./BreakEvenRule.ts"

/** The errors that a round learns from, and the joules that were lost without it. */
export type Account = readonly [errors: number, joules: number]

/** By errors, the oldest and least first. */
export type Accounts = ReadonlyArray<Account>

export const empty: Accounts = []

/** Each is within the `2 / (most - 1)`-th power of the ratio of all errors to the first batch's: 1.2 for 1,000 batches of 16. */
export const most = 128

/** One account, of all that wait. */
export const single = (accounts: Accounts, errors: number): Accounts => [[errors, accounts[0]?.[1] ?? 0]]

/** One more, if errors have been added since the last. */
export const opened = (accounts: Accounts, errors: number): Accounts =>
  errors > (accounts.at(-1)?.[0] ?? 0) ? thinned([...accounts, [errors, 0]]) : accounts

/** A request is answered, which a round on so many errors would have made better by so much. */
export const answered = (accounts: Accounts, loss: (errors: number) => number): Accounts => {
  const losses = accounts.map(([errors]) => loss(errors))
  const joules = BreakEvenRule.answered(booked(accounts), losses)
  return accounts.map(([errors], i) => [errors, joules[i]!])
}

export const booked = (accounts: Accounts): BreakEvenRule.Accounts => accounts.map(([, joules]) => joules)

/** The first and the last stay. */
const thinned = (accounts: Accounts): Accounts => {
  if (accounts.length <= most) return accounts
  let [leaves, least] = [1, Infinity]
  for (let i = 1; i + 1 < accounts.length; i++) {
    const factor = accounts[i + 1]![0] / accounts[i - 1]![0]
    if (factor < least) [leaves, least] = [i, factor]
  }
  return accounts.toSpliced(leaves, 1)
}

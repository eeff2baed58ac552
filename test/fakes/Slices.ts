/** Long runs in slices, each by a seed of its own and a line of a file, so that one that is stopped goes on where it was. */
import assert from "node:assert/strict"
import { appendFileSync, existsSync, readFileSync } from "node:fs"

/** Runs the seeds that the file lacks, prints and appends what each gives, and gives that of all. */
export const run = async <A extends { readonly seed: number }>(
  first: number,
  count: number,
  out: string | undefined,
  slice: (seed: number) => Promise<A>
): Promise<ReadonlyArray<A>> => {
  const lines = out !== undefined && existsSync(out) ? readFileSync(out, "utf8").trim().split("\n") : []
  const done = new Map(lines.map((line) => JSON.parse(line) as A).map((one) => [one.seed, one]))
  const outcomes: Array<A> = []
  for (let seed = first; seed < first + count; seed++) {
    const found = done.get(seed)
    const outcome = found ?? (await slice(seed))
    outcomes.push(outcome)
    if (found !== undefined) continue
    console.log(JSON.stringify(outcome))
    if (out !== undefined) appendFileSync(out, `${JSON.stringify(outcome)}\n`)
  }
  return outcomes
}

/** Prints how many kills there were in each phase, one in two perhaps. Fails where many of them left a phase out. */
export const judged = (
  outcomes: ReadonlyArray<{ readonly kills: number; readonly moments: Readonly<Record<string, number>> }>,
  phases: Readonly<Record<string, RegExp>>
): void => {
  const kills = outcomes.reduce((sum, one) => sum + one.kills, 0)
  const moments = outcomes.flatMap((one) => Object.entries(one.moments))
  const hits = (pattern: RegExp) => moments.reduce((sum, [what, count]) => sum + (pattern.test(what) ? count : 0), 0)
  const all = Object.entries(phases).map(([name, pattern]) => [name, hits(pattern)] as const)
  console.log(JSON.stringify({ kills, phases: Object.fromEntries(all) }))
  if (kills >= 250) for (const [phase, count] of all) assert.ok(count > 0, `no kill while ${phase}`)
}

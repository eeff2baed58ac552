/** Long runs in slices, each by a seed of its own and a line of a file, so that one that is stopped goes on where it was. */
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

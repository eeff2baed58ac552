/**
 * Customers a second through M/M/1 (Poisson arrivals, exponential service, one server, first come first served):
 * `engine`, a queue of events and nothing else; `simulator`, whole: scenario, policy, ledger and the lines of the tape;
 * and SimPy, where `python3` can have it. All see the same draws; SimPy gets them ready, the others draw them themselves.
 * Their answers are compared with each other's and with what is known. Seconds are of the processor, in turns.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Mm1 from "./mm1/Mm1.ts"
import * as SimMm1 from "./mm1/SimMm1.ts"
import * as Simpy from "./mm1/Simpy.ts"

/** Customers per second of the quickest turn. */
export interface Result {
  /** Reached at 50 times SimPy's. */
  readonly engine: number
  /** Reached at 10 times SimPy's. */
  readonly simulator: number
  readonly simpy: number | null
}

const load: Mm1.Load = { arrivals: 0.8, services: 1, seed: 1 }
const turns = 7
/** Customers in a turn. */
const customers = { engine: 300_000, simulator: 100_000, simpy: 10_000 }
type Who = keyof typeof customers

export const measure = async (): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-bench-"))
  const simpy = Simpy.start()
  try {
    const path = draws(folder)
    const rates = { engine: 0, simulator: 0, simpy: 0 }
    const count = (who: Who, { mean, seconds }: Answer) => {
      check(who, mean)
      rates[who] = Math.max(rates[who], Math.round(customers[who] / seconds))
    }
    for (let turn = 0; turn < turns; turn++) {
      count(
        "engine",
        timed(() => Mm1.run(load, customers.engine))
      )
      count(
        "simulator",
        timed(() => SimMm1.run(load, customers.simulator))
      )
      if (simpy !== null) count("simpy", await simpy.run(path, customers.simpy))
    }
    return { ...rates, simpy: simpy === null ? null : rates.simpy }
  } finally {
    simpy?.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Gaps, then service times, of a turn of SimPy, as doubles. */
const draws = (folder: string): string => {
  const path = join(folder, "draws")
  const numbers = [Mm1.gaps(load), Mm1.services(load)].map((draw) =>
    Float64Array.from({ length: customers.simpy }, draw)
  )
  writeFileSync(path, Buffer.concat(numbers.map(({ buffer }) => new Uint8Array(buffer))))
  return path
}

/** The mean time in the system, and what it took to say it. */
type Answer = { readonly mean: number; readonly seconds: number }

const timed = (run: () => number): Answer => {
  const before = process.cpuUsage()
  const mean = run()
  const { user, system } = process.cpuUsage(before)
  return { mean, seconds: (user + system) / 1e6 }
}

/** SimPy adds the same numbers in the same order; the simulator's clock counts nanoseconds. */
const agree = { engine: 0, simpy: 0, simulator: 1e-6 }

const check = (who: Who, mean: number): void => {
  const [ours, known, deviation] = [Mm1.run(load, customers[who]), Mm1.mean(load), Mm1.deviation(load, customers[who])]
  if (process.argv.includes("--verbose")) {
    console.error(`${who}: mean time in the system ${mean}, known ${known.toFixed(4)} ± ${deviation.toFixed(4)}`)
  }
  if (!(Math.abs(mean - ours) <= agree[who])) throw new Error(`The engine says ${ours} and ${who} ${mean}.`)
  if (!(Math.abs(mean - known) <= 4 * deviation)) throw new Error(`${who} says ${mean} where theory says ${known}.`)
}

if (import.meta.main) {
  const result = await measure()
  console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)
}

/** Runs the trials that a folder lacks, keeps each as it is done, and writes the table when all are. */
import * as Files from "../Files.ts"
import { CliError } from "../CliError.ts"
import * as Text from "../report/Text.ts"
import * as Forecast from "./Forecast.ts"
import * as Lock from "../Lock.ts"
import * as Pool from "./Pool.ts"
import * as Store from "./Store.ts"
import * as Table from "./Table.ts"
import type { Trials } from "./Trials.ts"

export interface Job {
  readonly folder: string
  readonly trials: Trials
  readonly pool: Pool.Options
  /** Columns of parameters, and those that a trial fills. */
  readonly columns: { readonly parameters: Table.Columns; readonly results: Table.Columns }
}

export interface Listener {
  /** Throws, or waits, if the sweep should not go on. */
  readonly ready: (forecast: Forecast.Forecast) => Promise<void>
  readonly onProgress: (done: number, left: number) => void
}

export interface Swept {
  readonly trials: number
  /** Of them, those that this call ran. */
  readonly ran: number
  readonly csv: string
  /** Null where there is no DuckDB for this machine. */
  readonly parquet: string | null
}

/** Throws `CliError`s: one sentence, and nothing that was done is lost. */
export const run = async (job: Job, listener: Listener, signal: AbortSignal): Promise<Swept> => {
  const unlock = await locked(job.folder)
  try {
    return await sweep(job, listener, signal)
  } finally {
    unlock()
  }
}

const locked = async (folder: string): Promise<() => void> => {
  const unlock = await unwritable(folder, async () => {
    Files.folder(folder)
    return await Lock.take(folder)
  })
  if (unlock !== null) return unlock
  throw new CliError({
    message: `Another sweep is at work in ${folder}; wait for it, or name another folder with --out.`
  })
}

const unwritable = async <A>(folder: string, action: () => A | Promise<A>): Promise<A> => {
  try {
    return await action()
  } catch (error) {
    throw new CliError({
      message: `Cannot write to ${folder}: ${Files.reason(error)}; name another folder with --out.`
    })
  }
}

const sweep = async (job: Job, listener: Listener, signal: AbortSignal): Promise<Swept> => {
  const store = await unwritable(job.folder, () => Store.open(job.folder))
  try {
    const before = store.size()
    await trials(job, store, listener, signal)
    store.sync()
    return { trials: job.trials.count, ran: store.size() - before, ...(await table(job, store)) }
  } catch (error) {
    throw explained(job, store.size(), error)
  } finally {
    store.close()
  }
}

const trials = async (job: Job, store: Store.Store, listener: Listener, signal: AbortSignal): Promise<void> => {
  const pace = Forecast.pace()
  let [done, left] = [0, NaN]
  const ready = async (forecast: Forecast.Forecast) => {
    ;[done, left] = [0, forecast.left]
    await listener.ready(forecast)
  }
  const take: Pool.Take = (rows, millis) => {
    store.add(rows)
    pace.add(rows.length, millis)
    done += rows.length
    if (!Number.isNaN(left)) listener.onProgress(done, left)
  }
  await Pool.run(Forecast.bundles(job.trials, store, job.pool.workers, pace, ready), job.pool, take, signal)
}

const table = async (job: Job, store: Store.Store) => {
  const { parameters, results } = job.columns
  const columns: Table.Columns = {
    policy: "VARCHAR",
    ...parameters,
    scenario: "VARCHAR",
    device: "VARCHAR",
    rounds: "VARCHAR",
    seed: "BIGINT",
    ...results
  }
  const csv = Table.csv(job.folder, columns, rows(job.trials, store))
  return { csv, parquet: await Table.parquet(csv, columns) }
}

/** In the plan's order. */
function* rows({ count, trial, key }: Trials, store: Store.Store): Generator<Store.Row> {
  for (let number = 0; number < count; number++) {
    const { specification: policy, values, ...setting } = trial(number)
    yield { policy, ...values, ...setting, ...store.get(key(number)) }
  }
}

/** What stops a sweep, as a sentence that says what is kept. A bug shows where it happened. */
const explained = ({ folder, trials: { count } }: Job, kept: number, error: unknown): unknown => {
  const goOn = `${Text.plural(kept, "trial")} of ${Text.count(count)} are kept`
  if (error instanceof Pool.TrialFailed) {
    const { specification, scenario, seed } = error.trial
    return new CliError({
      message: `The trial of ${specification} in ${scenario} with seed ${seed} failed: ${error.message}; ${goOn}, mend it and give the same command again.`
    })
  }
  if (!isOfDisk(error)) return error
  return new CliError({
    message: `Cannot write to ${folder}: ${Files.reason(error)}; ${goOn}, make room and give the same command again.`
  })
}

/** The system's errors have a code; DuckDB's say what they are. */
const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && ("code" in error || error.message.startsWith("IO Error"))

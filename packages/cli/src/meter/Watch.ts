/** Live power, a moment a second, until a person or a number of seconds ends it. */
import { setTimeout } from "node:timers/promises"
import type { MeterError } from "@edgeol/core/EnergyMeter"
import { Effect } from "effect"
import type { Gauge, Now, Spent } from "./Gauge.ts"
import * as Words from "./Words.ts"

export interface Options {
  readonly seconds: number
  /** Where moments are written; undefined for silence. */
  readonly to: NodeJS.WriteStream | undefined
}

/** Watches, and gives what was spent. A signal ends it as its time does. */
export const watch = Effect.fnUntraced(function* (
  gauge: Gauge,
  { seconds, to }: Options
): Effect.fn.Return<Spent, MeterError> {
  const stop = stopped(to)
  const history: Array<Now> = []
  let drawn = 0
  const end = performance.now() + seconds * 1000
  for (let next = performance.now() + 1000; !stop.aborted && performance.now() < end; next += 1000) {
    yield* sleep(Math.min(next, end) - performance.now(), stop)
    if (performance.now() < next - 1) continue
    const now = yield* gauge.now
    history.push(now)
    if (history.length > 40) history.shift()
    if (to !== undefined) drawn = draw(to, drawn, now, yield* gauge.spent, history)
  }
  return yield* gauge.spent
}, Effect.uninterruptible)

/**
 * Signals end a watch, and a reader that has gone, as of `edgeol meter | head`. The runtime interrupts at the same
 * signals, so what watches is uninterruptible.
 */
const stopped = (to: NodeJS.WriteStream | undefined): AbortSignal => {
  const controller = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort())
  to?.on("error", () => controller.abort())
  return controller.signal
}

const sleep = (milliseconds: number, signal: AbortSignal) =>
  Effect.promise(() => setTimeout(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined))

/** Draws over what was drawn before on a terminal, a new line elsewhere; gives the lines drawn. */
const draw = (to: NodeJS.WriteStream, drawn: number, now: Now, spent: Spent, history: ReadonlyArray<Now>): number => {
  if (!to.isTTY) {
    const totals = history.slice(-20).map(({ watts }) => watts)
    to.write(`${Words.plain(now, spent, totals)}\n`)
    return 0
  }
  const lines = Words.block(now, spent, history)
  const up = drawn === 0 ? "" : `\u001B[${drawn}A`
  to.write(up + lines.map((line) => `\u001B[2K${line.slice(0, to.columns > 0 ? to.columns : 80)}\n`).join(""))
  return lines.length
}

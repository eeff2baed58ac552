/** The numbers of a device as Prometheus reads them (text format 0.0.4). */
import type { Shown } from "./Shown.ts"

/** One sample each: name, kind, what it is, value, labels. */
type Row = readonly [name: string, kind: "counter" | "gauge", help: string, value: number, labels?: string]

export const text = (shown: Shown): string => {
  const known = new Set<string>()
  const lines = rows(shown).flatMap(([name, kind, help, value, labels]) => {
    const head = known.has(name) ? [] : [`# HELP edgeol_${name} ${help}`, `# TYPE edgeol_${name} ${kind}`]
    known.add(name)
    return [...head, `edgeol_${name}${labels === undefined ? "" : `{${labels}}`} ${number(value)}`]
  })
  return `${lines.join("\n")}\n`
}

const number = (value: number): string =>
  Number.isNaN(value) ? "NaN" : value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

const rows = (shown: Shown): ReadonlyArray<Row> =>
  [
    ["learning", "gauge", "1 while the loop runs, 0 while requests alone are answered.", Number(shown.isLearning)],
    ["fallback", "gauge", "1 once the policy has broken a promise and stepped aside.", Number(shown.breach !== null)],
    ["watts", "gauge", `Power, ${shown.meter.kind} by ${shown.meter.source}.`, shown.watts ?? NaN],
    ["joules_total", "counter", "Energy since this start.", shown.joules.all, 'of="all"'],
    ["joules_total", "counter", "Energy since this start.", shown.joules.fineTuning, 'of="fine_tuning"'],
    ["rounds_total", "counter", "Rounds that serve or served.", shown.rounds],
    ["training", "gauge", "1 while a round runs.", Number(shown.isTraining)],
    ["steps_total", "counter", "Training steps.", shown.iterations],
    ["frozen_units", "gauge", "Units frozen, from the input on.", shown.depth],
    ["units", "gauge", "Units of the model.", shown.units],
    ["requests_total", "counter", "Requests answered by the loop since this start.", shown.requests],
    ["request_seconds", "gauge", "Arrival to answer, of the newest requests.", shown.latency.p50, 'quantile="0.5"'],
    ["request_seconds", "gauge", "Arrival to answer, of the newest requests.", shown.latency.p99, 'quantile="0.99"'],
    ["accuracy", "gauge", "Of the newest answers whose label is known.", shown.accuracy ?? NaN],
    ["batches_total", "counter", "Batches of labelled samples.", shown.batches],
    ["batches_waiting", "gauge", "Batches that no round has taken.", shown.waiting],
    ["samples_waiting", "gauge", "Labelled samples in no batch yet.", shown.samplesWaiting],
    ["inbox_bytes", "gauge", "Labelled samples on disk.", shown.inboxBytes],
    ...shown.promises.flatMap(({ name, now, bound, left }): ReadonlyArray<Row> => {
      const label = `promise="${name}"`
      return [
        ["promise", "gauge", "Where a promise stands.", now, label],
        ["promise_bound", "gauge", "What was promised at most.", bound, label],
        ["promise_left", "gauge", "Share of a promise that is left; below 0 it is broken.", left, label]
      ]
    })
  ].toSorted(byName) as ReadonlyArray<Row>

/** All of a name stand together, in the order in which they were written. */
const byName = (a: unknown, b: unknown) => ((a as Row)[0] < (b as Row)[0] ? -1 : (a as Row)[0] > (b as Row)[0] ? 1 : 0)

/**
 * How fast the hardware package reads: tegrastats lines parsed and replayed, samples integrated.
 * `node test/bench/tegrastats.ts [--json]`. The log is the recorded ones where they are there, else written lines; the
 * best of several short runs, since other work on the machine only ever slows one down.
 */
import * as PowerIntegral from "@edgeol/hw-jetson/PowerIntegral"
import * as Replay from "@edgeol/hw-jetson/Replay"
import * as Tegrastats from "@edgeol/hw-jetson/Tegrastats"
import { isRecorded, lines, logs } from "../hw-jetson/recorded.ts"

const best = (count: number, runs: number, work: () => number): number => {
  const rates = Array.from({ length: runs }, () => {
    const start = performance.now()
    if (work() !== count) throw new Error("the benchmark lost lines or samples")
    return (count / (performance.now() - start)) * 1000
  })
  return Math.round(Math.max(...rates))
}

const recorded = isRecorded ? logs().map((log) => log.text) : [`${Object.values(lines).join("\n")}\n`]
const log = recorded.join("").repeat(isRecorded ? 40 : 7000)
const rows = log.split("\n").filter((line) => line.includes("CPU [") || line.includes("cpu ["))

const size = 2_000_000
const at = Float64Array.from({ length: size }, (_, i) => i * 0.05)
const watts = Float64Array.from({ length: size }, (_, i) => 10 + (i % 7))

const result = {
  recorded: isRecorded,
  lines: rows.length,
  characters: log.length,
  parsedLinesPerSecond: best(rows.length, 8, () => rows.filter((row) => Tegrastats.parse(row)._tag === "Line").length),
  replayedLinesPerSecond: best(rows.length, 8, () => Replay.replay(log).lines),
  integratedSamplesPerSecond: best(size, 8, () => PowerIntegral.integrate(at, watts).samples),
  addedSamplesPerSecond: best(size / 4, 5, () => {
    let sum = PowerIntegral.empty()
    for (let i = 0; i < size / 4; i++) sum = PowerIntegral.add(sum, at[i] ?? 0, watts[i] ?? 0)
    return sum.samples
  })
}

if (process.argv.includes("--json")) console.log(JSON.stringify(result))
else for (const [name, value] of Object.entries(result)) console.log(name.padEnd(28), value.toLocaleString("en"))

/** Synthetic boards whose laws are known, and recorded tables where they are present. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Rng from "@edgeol/core/Rng"
import * as Formula from "@edgeol/sim/cost/Formula"
import * as Forms from "@edgeol/sim/cost/Forms"
import { type Mode, type Observation, row } from "@edgeol/sim/cost/Mode"

/** 5 × 7 × 7 × 3 modes. */
export const modes: ReadonlyArray<Mode> = [2, 4, 6, 8, 12].flatMap((cores) =>
  [0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1].flatMap((cpu) =>
    [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3].flatMap((gpu) =>
      [0.6656, 2.133, 3.199].map((mem) => ({ cores, cpu: cpu * 1e9, gpu: gpu * 1e9, mem: mem * 1e9 }))
    )
  )
)

const time = Formula.compile(Forms.qNorm)
export const coefficients = { C: 0.02, G: 0.05, K: 0.01, L: 0.2, M: 0.12, q: 3 }

/** Times of the q-norm form and powers of clocks and work, with relative normal noise. */
export const observe = (noise: number, seed: number, among = modes): ReadonlyArray<Observation> => {
  const rng = Rng.named(seed, "noise")
  const values = time.coefficients.map((name) => coefficients[name as keyof typeof coefficients])
  return among.map((mode) => {
    const seconds = time.value(row(time, mode).inputs, values)
    const [f, g, e] = [mode.cpu / 1e9, mode.gpu / 1e9, mode.mem / 1e9]
    const watts = 8 + 0.8 * e + 2 * g ** 3 + 0.15 * mode.cores * f + (0.15 * g * g + 0.05) / seconds
    return { mode, time: seconds * Math.exp(noise * rng.normal()), power: watts * Math.exp(noise * rng.normal()) }
  })
}

export const csv = (observations: ReadonlyArray<Observation>): string =>
  [
    "cores,cpu,gpu,mem,observed_time,observed_power",
    ...observations.map(({ mode, time, power }) =>
      [mode.cores, mode.cpu / 1e3, mode.gpu, mode.mem, time * 1e3, power].join(",")
    )
  ].join("\n")

const data = process.env.EDGEOL_DATA ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url))

/** A recorded file's text, or undefined where the data folder lacks it. */
export const recorded = (path: string): string | undefined => {
  const file = `${data}/jetson/${path}`
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}

export const bert = "iisc-powertrain/agx-orin/train/bert_train_data_final.csv"

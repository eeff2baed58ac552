/** A power mode as numbers: cores on line and the three clocks; and how models see it. */
import type { Compiled } from "./Formula.ts"
import type { Row } from "./GaussianProcess.ts"

/** Clocks in Hz. */
export interface Mode {
  readonly cores: number
  readonly cpu: number
  readonly gpu: number
  readonly mem: number
}

/** What was measured in a mode: seconds of a step and watts of the module while it runs. */
export interface Observation {
  readonly mode: Mode
  readonly time: number
  readonly power: number
}

export const key = ({ cores, cpu, gpu, mem }: Mode) => `${cores},${cpu},${gpu},${mem}`

/** The row of a mode for a formula over `cores`, `f_cpu`, `f_gpu`, `f_emc` in GHz and perhaps `T` in seconds. */
export const row = (formula: Compiled, mode: Mode, time = NaN): Row => {
  const known: Readonly<Record<string, number>> = {
    cores: mode.cores,
    f_cpu: mode.cpu / 1e9,
    f_gpu: mode.gpu / 1e9,
    f_emc: mode.mem / 1e9,
    T: time
  }
  return { inputs: formula.inputs.map((name) => known[name] ?? NaN), features: features(mode) }
}

/** Cores count by what one more adds to few; clocks by ratios. */
export const features = (mode: Mode): ReadonlyArray<number> => [
  2 / mode.cores,
  Math.log(mode.cpu / 1e9),
  Math.log(mode.gpu / 1e9),
  Math.log(mode.mem / 1e9)
]

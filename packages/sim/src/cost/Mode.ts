/** A power mode as numbers: cores on line and the three clocks; and how models see it. */
import type { Compiled } from "./Formula.ts"
import type { Row } from "./GaussianProcess.ts"
import type { Features } from "./Posterior.ts"

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

/** What formulas may ask of a mode: `cores`, `f_cpu`, `f_gpu`, `f_emc` in GHz, and `T` in seconds. */
const names = ["cores", "f_cpu", "f_gpu", "f_emc", "T"] as const

/** Where a view holds `T`. */
export const timeAt = 4

/** A mode as all models see it: the values of `names`, and what says which modes are alike. */
export interface View {
  readonly values: Float64Array
  readonly features: Features
}

export const view = (mode: Mode, time = NaN): View => ({
  values: Float64Array.of(mode.cores, mode.cpu / 1e9, mode.gpu / 1e9, mode.mem / 1e9, time),
  features: features(mode)
})

/** Gives the row of a view for a formula; the next one overwrites it. An input whose range is one value has that value. */
export const reader = ({ formula, inputs }: Compiled): ((view: View) => Row) => {
  const places = Int32Array.from(inputs, (name) => names.findIndex((known) => known === name))
  const values = Float64Array.from(inputs, (name) => {
    const [low, high] = formula.symbols[name]!.range
    return low === high ? low : NaN
  })
  return (view) => {
    for (let i = 0; i < places.length; i++) if (places[i]! >= 0) values[i] = view.values[places[i]!]!
    return { inputs: values, features: view.features }
  }
}

/** The row of a mode for a formula; `time` is its `T`. */
export const row = (formula: Compiled, mode: Mode, time = NaN): Row => reader(formula)(view(mode, time))

/** Cores count by what one more adds to few; clocks by ratios. */
export const features = (mode: Mode): Features => [
  2 / mode.cores,
  Math.log(mode.cpu / 1e9),
  Math.log(mode.gpu / 1e9),
  Math.log(mode.mem / 1e9)
]

/**
 * The physical forms that ship: time of a training minibatch as a soft maximum of what can hold it up, power as idle
 * plus clocks plus work per second, and a log-quadratic fallback that knows no physics.
 *
 * Valid for one workload, batch size and software release; clocks that stay fixed during a step.
 */
import type { Formula } from "./Formula.ts"

const coefficient = (unit: string, low: number, high: number, meaning: string) =>
  ({ unit, range: [low, high], coefficient: true, meaning }) as const

const knobs = {
  cores: { unit: "", range: [1, 64], meaning: "CPU cores on line" },
  f_cpu: { unit: "GHz", range: [0.02, 10], meaning: "CPU clock" },
  f_gpu: { unit: "GHz", range: [0.02, 10], meaning: "GPU clock" },
  f_emc: { unit: "GHz", range: [0.02, 20], meaning: "memory clock" }
} as const

const work = {
  G: coefficient("s GHz", 1e-9, 1e5, "GPU cycles of a step, in 1e9"),
  M: coefficient("s GHz", 1e-9, 1e5, "memory cycles of a step, in 1e9"),
  C: coefficient("s GHz", 1e-9, 1e5, "CPU cycles of a step on one core (launches), in 1e9"),
  L: coefficient("s GHz", 1e-9, 1e5, "CPU cycles of loading a batch, in 1e9, shared by the loader's processes"),
  K: coefficient("s", 1e-9, 1e4, "what no clock changes"),
  q: coefficient("", 0.5, 16, "how sharply the slowest part decides")
} as const

const hand = "q-norm of stage times; fits on PowerTrain's measurements (arXiv 2407.13944) give q from 2 to 4"

/** One soft maximum; the loader uses at most four cores. */
export const qNorm: Formula = {
  name: "q-norm",
  text: "time = ((G / f_gpu)^q + (M / f_emc)^q + (C / f_cpu)^q + (L / (f_cpu * min(cores, 4)))^q + K^q)^(1 / q)",
  unit: "s",
  symbols: { ...knobs, ...work },
  source: hand
}

/**
 * The step inside, the loader beside it. The loader has `cores − 1/2` cores, as the training process takes part of one,
 * and no more than its `w` processes: a soft minimum.
 */
export const pipeline: Formula = {
  name: "pipeline",
  text:
    "time = (((G / f_gpu)^q + (M / f_emc)^q + (C / f_cpu)^q + K^q)^(r / q) + " +
    "(L / f_cpu * ((cores - 0.5)^(-3) + w^(-3))^(1 / 3))^r)^(1 / r)",
  unit: "s",
  symbols: {
    ...knobs,
    ...work,
    r: coefficient("", 0.5, 16, "how sharply the slower of step and loader decides"),
    w: coefficient("", 0.5, 64, "processes of the loader")
  },
  source: hand
}

/** As `pipeline`, with a loader that speeds up as a power of the cores. */
export const scaling: Formula = {
  name: "scaling",
  text: "time = (((G / f_gpu)^q + (M / f_emc)^q + (C / f_cpu)^q + K^q)^(r / q) + (L / (f_cpu * cores^e))^r)^(1 / r)",
  unit: "s",
  symbols: {
    ...knobs,
    ...work,
    r: coefficient("", 0.5, 16, "how sharply the slower of step and loader decides"),
    e: coefficient("", 0.05, 3, "speed-up of the loader with cores")
  },
  source: hand
}

const drawn = {
  p0: coefficient("W", 1e-6, 1e3, "module at no clock"),
  a: coefficient("W/GHz", 1e-9, 1e3, "memory clock"),
  b: coefficient("W/GHz", 1e-9, 1e3, "GPU clock"),
  c: coefficient("W/GHz^3", 1e-9, 1e3, "GPU clock and voltage"),
  d: coefficient("W/GHz", 1e-9, 1e3, "a core's clock"),
  h: coefficient("W/GHz^3", 1e-9, 1e3, "a core's clock and voltage"),
  e: coefficient("J", 1e-9, 1e6, "a step, whatever the clocks"),
  g: coefficient("J/GHz^2", 1e-9, 1e6, "a step on the GPU: charge at its voltage squared"),
  u: coefficient("J/GHz^2", 1e-9, 1e6, "a step on the CPU"),
  m: coefficient("J/GHz", 1e-9, 1e6, "a step in memory")
} as const

const step = { T: { unit: "s", range: [1e-7, 1e5], meaning: "time of a step" } } as const

/**
 * Clocks that run, and energy of each step over its time: `a u f³` of a busy share `u = (G/f)/T` is `(a G) f² / T`.
 * So busy shares are linear here, and the coefficients non-negative least squares.
 */
export const workPower: Formula = {
  name: "work",
  text:
    "power = p0 + a * f_emc + b * f_gpu + c * f_gpu^3 + d * cores * f_cpu + h * cores * f_cpu^3 + " +
    "(e + g * f_gpu^2 + u * f_cpu^2 + m * f_emc) / T",
  unit: "W",
  symbols: { ...knobs, ...step, ...drawn },
  source: "dynamic power C V² f with voltage rising with the clock (Chandrakasan et al. 1992, eq. 1), busy shares"
}

/** Clocks alone. */
export const clockPower: Formula = {
  name: "clocks",
  text: "power = p0 + a * f_emc + c * f_gpu^3 + d * cores * f_cpu + h * cores * f_cpu^3",
  unit: "W",
  symbols: { ...knobs, p0: drawn.p0, a: drawn.a, c: drawn.c, d: drawn.d, h: drawn.h },
  source: workPower.source
}

const logarithms = { n: "log(cores)", c: "log(f_cpu / GHz)", g: "log(f_gpu / GHz)", e: "log(f_emc / GHz)" } as const
const letters = ["n", "c", "g", "e"] as const
const pairs = letters.flatMap((one, i) => letters.slice(i).map((other) => [one, other] as const))

/** Coefficients are positive here: a slope has the sign that clocks give it, a curvature is counted from -1. */
const quadratic = (sign: "+" | "-") =>
  [
    ...letters.map((one) => `${sign} s_${one} * ${logarithms[one]}`),
    ...pairs.map(([one, other]) => `+ (b_${one}${other} - 1) * ${logarithms[one]} * ${logarithms[other]}`)
  ].join(" ")

const bends = {
  GHz: { unit: "GHz", range: [1, 1], meaning: "the unit of clocks" },
  ...Object.fromEntries(
    letters.map((one) => [`s_${one}`, { ...coefficient("", 1e-4, 5, `slope by ${logarithms[one]}`), begin: 0.3 }])
  ),
  ...Object.fromEntries(
    pairs.map(([one, other]) => [
      `b_${one}${other}`,
      { ...coefficient("", 0.05, 20, `1 + curvature by ${logarithms[one]} and ${logarithms[other]}`), begin: 1 }
    ])
  )
} as const

const noPhysics = "second-order Taylor series in the logarithms; no physics"

/** The fallbacks: a quadratic in the logarithms of the knobs, for workloads that wait for something unforeseen. */
export const anyTime: Formula = {
  name: "log-quadratic",
  text: `time = t * exp(0 ${quadratic("-")})`,
  unit: "s",
  symbols: { ...knobs, ...bends, t: coefficient("s", 1e-9, 1e5, "at one core and 1 GHz") },
  source: noPhysics
}

export const anyPower: Formula = {
  name: "log-quadratic",
  text: `power = p * exp(0 ${quadratic("+")})`,
  unit: "W",
  symbols: { ...knobs, ...bends, p: coefficient("W", 1e-6, 1e4, "at one core and 1 GHz") },
  source: noPhysics
}

export const times = [pipeline, qNorm, scaling] as const
export const powers = [workPower, clockPower] as const

/**
 * What a board takes for each byte moved, from the profiles of the workloads measured on it, and how far off that is for
 * a workload it has not seen: each is predicted from the others.
 */
import { fcnnlsVector } from "ml-fcnnls"
import type { Board } from "../Device.ts"
import * as Conformal from "./Conformal.ts"
import type { Mode } from "./Mode.ts"
import * as Profile from "./Profile.ts"
import * as Workloads from "./Workloads.ts"

export type Rates = Pick<Board, "work" | "joules" | "clocks">

/** A profile whose GPU and memory cycles a board's scale with: 4 where the board has a quarter of the lanes and bus. */
export interface Source {
  readonly profile: Profile.Profile
  readonly lanes: number
  readonly bus: number
}

const names = {
  work: ["gpu", "mem", "fixed", "q"],
  joules: ["e", "g", "u", "m"],
  clocks: ["p0", "a", "b", "c", "d", "h"]
} as const

const gigabytes = ({ body }: Profile.Profile) => Workloads.all[body.workload]!.bytes / 1e9

/** Fewer bytes in a step tell nothing about bytes: kernel calls are all it waits for. */
export const isBusy = (profile: Profile.Profile) => gigabytes(profile) > 0.1

/** Coefficients of a form in a profile. */
const coefficients = (members: Profile.Body["time"]["members"], form: string) =>
  members.find(({ formula }) => formula.name === form)!.coefficients

const own = ({ profile, lanes, bus }: Source): Rates => {
  const time = coefficients(profile.body.time.members, "q-norm")
  const power = coefficients(profile.body.power.members, "work")
  const size = gigabytes(profile)
  const each = (keys: ReadonlyArray<string>, by: number) =>
    Object.fromEntries(keys.map((key) => [key, power[key]! / by]))
  return {
    work: { gpu: (time.G! * lanes) / size, mem: (time.M! * bus) / size, fixed: time.K! / size, q: time.q! },
    joules: each(names.joules, size) as Rates["joules"],
    clocks: each(names.clocks, 1) as Rates["clocks"]
  }
}

/** Geometric means of what multiplies, arithmetic ones of what adds; clocks also from those that only call kernels. */
export const of = (sources: ReadonlyArray<Source>): Rates => {
  const all = sources.map(own)
  const busy = sources.filter(({ profile }) => isBusy(profile)).map(own)
  const mean = <Part extends keyof Rates>(part: Part, from: ReadonlyArray<Rates>, isProduct: boolean) =>
    Object.fromEntries(
      names[part].map((name) => {
        const values = from.map((rates) => (rates[part] as Readonly<Record<string, number>>)[name]!)
        const sum = values.reduce((total, value) => total + (isProduct ? Math.log(value) : value), 0) / values.length
        return [name, isProduct ? Math.exp(sum) : sum]
      })
    ) as Rates[Part]
  return { work: mean("work", busy, true), joules: mean("joules", busy, false), clocks: mean("clocks", all, false) }
}

export interface Errors {
  /** `|log(predicted / profile)|` of steps' seconds and of watts. */
  readonly step: ReadonlyArray<number>
  readonly watts: ReadonlyArray<number>
}

/** One workload from others, at the modes of its profile where it does not wait for its data loader. */
export const errors = (unseen: Profile.Profile, others: ReadonlyArray<Source>): Errors => {
  const rates = of(others)
  const size = gigabytes(unseen)
  const modes = unseen.body.modes.filter((mode) => loader(unseen, mode) < 0.5)
  const pairs = modes.map((mode) => {
    const { time, power } = Profile.predict(unseen, mode)
    return {
      step: Math.abs(Math.log(seconds(rates, size, mode) / time.value)),
      watts: Math.abs(Math.log(watts(rates, size / time.value, mode) / power.value))
    }
  })
  return { step: pairs.map(({ step }) => step), watts: pairs.map(({ watts }) => watts) }
}

/** Half width of a 90 % interval, relative: of a log-normal, so that 1 is from half to twice. */
export const halfWidth = (errors: ReadonlyArray<number>): number =>
  Math.expm1(
    Conformal.quantile(
      errors.toSorted((a, b) => a - b),
      0.9
    )
  )

const seconds = ({ work }: Rates, size: number, { gpu, mem }: Mode) =>
  (((work.gpu * size) / (gpu / 1e9)) ** work.q +
    ((work.mem * size) / (mem / 1e9)) ** work.q +
    (work.fixed * size) ** work.q) **
  (1 / work.q)

const watts = ({ clocks, joules }: Rates, gigabytesPerSecond: number, mode: Mode) => {
  const [cpu, gpu, mem] = [mode.cpu / 1e9, mode.gpu / 1e9, mode.mem / 1e9]
  const running = clocks.p0 + clocks.a * mem + clocks.b * gpu + clocks.c * gpu ** 3
  const cores = mode.cores * (clocks.d * cpu + clocks.h * cpu ** 3)
  return running + cores + (joules.e + joules.g * gpu ** 2 + joules.u * cpu ** 2 + joules.m * mem) * gigabytesPerSecond
}

export interface Idle {
  readonly mode: Mode
  /** Watts with nothing to do. */
  readonly watts: number
}

export type IdleRates = Pick<Board["idle"], "base" | "mem" | "gpu" | "cpu">

/** Idle watts over clocks, by non-negative least squares of relative errors. */
export const idle = (measured: ReadonlyArray<Idle>): IdleRates => {
  const found = fcnnlsVector(
    measured.map(({ mode, watts }) => knobs(mode).map((value) => value / watts)),
    measured.map(() => 1)
  )
  const [base, mem, gpu, cpu] = found.K.to1DArray() as [number, number, number, number]
  return { base, mem, gpu, cpu }
}

/** The same shape through another board's idle watts. */
export const scaledIdle = (shape: IdleRates, { mode, watts }: Idle): IdleRates => {
  const by = watts / idleOf(shape, mode)
  return { base: shape.base * by, mem: shape.mem * by, gpu: shape.gpu * by, cpu: shape.cpu * by }
}

const idleOf = ({ base, mem, gpu, cpu }: IdleRates, mode: Mode) => {
  const [one, m, g, c] = knobs(mode)
  return base * one + mem * m + gpu * g + cpu * c
}

const knobs = ({ cores, cpu, gpu, mem }: Mode): [number, number, number, number] => [
  1,
  mem / 1e9,
  gpu / 1e9,
  (cores * cpu) / 1e9
]

/** The loader's time as a share of the step's. */
const loader = (profile: Profile.Profile, mode: Mode) => {
  const { L, G, M } = coefficients(profile.body.time.members, "q-norm")
  const own = L! / ((mode.cpu / 1e9) * Math.min(mode.cores, 4))
  return own / Math.max(own, G! / (mode.gpu / 1e9), M! / (mode.mem / 1e9))
}

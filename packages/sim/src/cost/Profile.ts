/**
 * Fitted costs of a board and workload as versioned JSON: formulas, coefficients with covariance, the residual's kernel,
 * held-out scores, the range of clocks they were measured in, and where the measurements come from.
 */
import { Schema } from "effect"
import { canonical, checksum } from "../Canonical.ts"
import type * as Conformal from "./Conformal.ts"
import * as CostFit from "./CostFit.ts"
import * as Ensemble from "./Ensemble.ts"
import * as Formula from "./Formula.ts"
import * as Gp from "./GaussianProcess.ts"
import * as Mode from "./Mode.ts"

/** A profile that cannot be used: what is wrong with which file, and what to do. */
export class ProfileError extends Schema.TaggedError<ProfileError>()("ProfileError", { message: Schema.String }) {}

export const version = 1

const Numbers = Schema.Array(Schema.Finite)
const Range = Schema.Tuple([Schema.Finite, Schema.Finite])

const Member = Schema.Struct({
  formula: Formula.Formula,
  weight: Schema.Finite,
  /** By the formula's names. */
  coefficients: Schema.Record(Schema.String, Schema.Finite),
  /** Relative, of each coefficient. */
  standardErrors: Schema.Record(Schema.String, Schema.Finite),
  /** Of the coefficients' logarithms, in the formula's order. */
  covariance: Schema.Array(Numbers),
  parameters: Schema.Struct({ logs: Numbers, centres: Numbers, widths: Numbers }),
  weights: Numbers
})

const Quantity = Schema.Struct({
  members: Schema.Array(Member),
  calibration: Schema.Struct({ ratios: Numbers, floor: Schema.Finite })
})

const Body = Schema.Struct({
  version: Schema.Literal(version),
  /** `agx-orin/resnet-18`. */
  name: Schema.String,
  board: Schema.String,
  workload: Schema.String,
  /** Measured files by their SHA-256, and the work to cite. */
  provenance: Schema.Struct({
    files: Schema.Array(Schema.Struct({ path: Schema.String, sha256: Schema.String })),
    doi: Schema.String,
    note: Schema.String
  }),
  /** The modes that the fit has seen: cores, then clocks in Hz. */
  modes: Schema.Array(
    Schema.Struct({ cores: Schema.Finite, cpu: Schema.Finite, gpu: Schema.Finite, mem: Schema.Finite })
  ),
  range: Schema.Struct({ cores: Range, cpu: Range, gpu: Range, mem: Range }),
  /** Watts with nothing to do, where known, and how they were measured. */
  idle: Schema.optional(Schema.Struct({ watts: Schema.Finite, note: Schema.String })),
  /** Seconds of a run's first step, where known. */
  firstStep: Schema.optional(Schema.Struct({ seconds: Schema.Finite, note: Schema.String })),
  time: Quantity,
  power: Quantity
})
export type Body = typeof Body.Type

const File = Schema.Struct({ ...Body.fields, hash: Schema.String })

export interface Profile {
  readonly body: Body
  readonly fit: CostFit.CostFit
}

/** What a profile says of a fit besides its numbers. */
export type About = Pick<Body, "name" | "board" | "workload" | "provenance" | "idle" | "firstStep">

/** The profile of a fit over these modes. */
export const make = (about: About, fit: CostFit.CostFit, modes: ReadonlyArray<Mode.Mode>): Profile => ({
  fit,
  body: {
    version,
    ...about,
    modes: modes.map(({ cores, cpu, gpu, mem }) => ({ cores, cpu, gpu, mem })),
    range: { cores: span(modes, "cores"), cpu: span(modes, "cpu"), gpu: span(modes, "gpu"), mem: span(modes, "mem") },
    time: quantity(fit.time),
    power: quantity(fit.power)
  }
})

const span = (modes: ReadonlyArray<Mode.Mode>, name: keyof Mode.Mode): readonly [number, number] => {
  const values = modes.map((mode) => mode[name])
  return [Math.min(...values), Math.max(...values)]
}

const quantity = ({ ensemble, calibration }: CostFit.Quantity): Body["time"] => ({
  members: ensemble.map(({ model, weight }) => {
    const covariance = Gp.covarianceOf(model)
    const named = (value: (i: number) => number) =>
      Object.fromEntries(model.formula.coefficients.map((name, i) => [name, value(i)]))
    return {
      formula: model.formula.formula,
      weight,
      coefficients: named((i) => model.coefficients[i]!),
      standardErrors: named((i) => Math.sqrt(covariance[i]![i]!)),
      covariance,
      parameters: model.parameters,
      weights: Array.from(model.weights)
    }
  }),
  calibration
})

/** The text of a profile's file. */
export const print = ({ body }: Profile): string =>
  `${JSON.stringify({ ...body, hash: checksum(canonical(body)) }, null, 1)}\n`

/** Reads a profile. Throws `ProfileError`. `file` is for messages. */
export const parse = (file: string, text: string): Profile => {
  const fail = (what: string) => new ProfileError({ message: `${file}: ${what}` })
  const value = json(text, fail)
  const known = typeof value === "object" && value !== null && "version" in value ? value.version : undefined
  if (known !== version) {
    throw fail(
      `it is of version ${JSON.stringify(known) ?? "none"}, and this edgeol reads version ${version}; rebuild it with edgeol fit --profiles.`
    )
  }
  const decoded = decode(value, fail)
  const { hash, ...body } = decoded
  if (checksum(canonical(body)) !== hash) {
    throw fail(
      "its content does not match its hash, so it was damaged or edited; rebuild it with edgeol fit --profiles."
    )
  }
  return revive(body, fail)
}

type Fail = (what: string) => ProfileError

const json = (text: string, fail: Fail): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw fail("it is not JSON, or ends too early; restore it, or rebuild it with edgeol fit --profiles.")
  }
}

const decode = (value: unknown, fail: Fail) => {
  try {
    return Schema.decodeUnknownSync(File)(value)
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").slice(0, 160)
    throw fail(`it has not the fields of a profile (${reason}); rebuild it with edgeol fit --profiles.`)
  }
}

const revive = (body: Body, fail: Fail): Profile => {
  try {
    const time = revived(
      body.time,
      body.modes.map((mode) => ({ mode, time: NaN }))
    )
    const points = body.modes.map((mode) => ({
      mode,
      time: Math.exp(Ensemble.mean(time.ensemble, { mode, time: NaN }))
    }))
    return { body, fit: { time, power: revived(body.power, points) } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw fail(`its models cannot be built: ${reason}; rebuild it with edgeol fit --profiles.`)
  }
}

const revived = (stored: Body["time"], points: ReadonlyArray<Ensemble.Point>): CostFit.Quantity => ({
  calibration: stored.calibration satisfies Conformal.Calibration,
  ensemble: stored.members.map(({ formula, weight, weights, parameters }) => {
    const compiled = Formula.compile(formula)
    const rows = points.map(({ mode, time }) => Mode.row(compiled, mode, time))
    if (weights.length !== rows.length)
      throw new Error(`${formula.name} has ${weights.length} weights for ${rows.length} modes`)
    return { weight, model: Gp.restore(compiled, rows, weights, parameters) }
  })
})

export interface Answer {
  readonly time: CostFit.Estimate
  readonly power: CostFit.Estimate
  /** Why the answer is a guess: each knob that lies outside what was measured. Empty within the range. */
  readonly outside: ReadonlyArray<string>
}

/** Seconds and watts of a mode, and whether the profile has seen the like. */
export const predict = (profile: Profile, mode: Mode.Mode, level = 0.9): Answer => ({
  ...CostFit.predict(profile.fit, mode, level),
  outside: outside(profile, mode)
})

const knobs = ["cores", "cpu", "gpu", "mem"] as const

/** A tenth of a percent is rounding: 1.5104 GHz and 1510.4 MHz are the same clock. */
const outside = ({ body }: Profile, mode: Mode.Mode): ReadonlyArray<string> =>
  knobs.flatMap((knob) => {
    const [low, high] = body.range[knob]
    const value = mode[knob]
    if (value >= low * 0.999 && value <= high * 1.001) return []
    return [`${knob} ${shown(knob, value)} is outside ${shown(knob, low)} to ${shown(knob, high)} of ${body.name}`]
  })

const shown = (knob: (typeof knobs)[number], value: number) => (knob === "cores" ? String(value) : `${value / 1e6} MHz`)

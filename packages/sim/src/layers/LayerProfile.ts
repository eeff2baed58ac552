/**
 * Layer costs of a machine as versioned JSON: the network's layers, a formula for each pass with coefficients and their
 * covariance, held-out scores, the range that was timed, where the timings come from, and how far off held-out steps were.
 */
import { Schema } from "effect"
import * as Formula from "../cost/Formula.ts"
import { canonical, checksum } from "../Canonical.ts"
import { ProfileError } from "../cost/Profile.ts"
import { Network } from "./Layer.ts"
import type * as LayerCost from "./LayerCost.ts"
import type * as Work from "./Work.ts"

export const version = 1

const Positive = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Numbers = Schema.Array(Schema.Finite)
const Range = Schema.Tuple([Schema.Int, Schema.Int])

const Fitted = Schema.Struct({
  formula: Formula.Formula,
  /** By the formula's names; zero where the timings leave a term out. */
  coefficients: Schema.Record(Schema.String, Positive),
  /** Of the coefficients, in the order of their names. */
  covariance: Schema.Array(Numbers)
})

const Body = Schema.Struct({
  kind: Schema.Literal("layers"),
  version: Schema.Literal(version),
  /** `host/resnet8`, `orin-nano/resnet8@15W`. */
  name: Schema.String,
  provenance: Schema.Struct({
    machine: Schema.String,
    command: Schema.String,
    versions: Schema.Record(Schema.String, Schema.String),
    /** Timed steps behind the fit. */
    steps: Schema.Int,
    note: Schema.String
  }),
  network: Network,
  range: Schema.Struct({ network: Schema.String, batch: Range, depth: Range, threads: Range }),
  passes: Schema.Struct({ forward: Fitted, backward: Fitted, optimiser: Fitted }),
  /** Absolute log errors of held-out steps, in order. */
  scores: Schema.Array(Positive),
  /** Held-out errors of whole steps; none where too little was timed to hold anything out. */
  heldOut: Schema.NullOr(
    Schema.Struct({
      cells: Schema.Int,
      median: Positive,
      p90: Positive,
      bias: Schema.Finite,
      coverage90: Positive,
      width90: Positive
    })
  )
})
export type Body = typeof Body.Type

const File = Schema.Struct({ ...Body.fields, hash: Schema.String })

export interface LayerProfile {
  readonly body: Body
  readonly cost: LayerCost.LayerCost
}

export type About = Pick<Body, "name" | "provenance" | "network" | "heldOut">

export const make = (about: About, cost: LayerCost.LayerCost): LayerProfile => {
  const fitted = ({ formula, coefficients, covariance }: LayerCost.Fitted) => ({
    formula: formula.formula,
    coefficients: Object.fromEntries(formula.coefficients.map((name, i) => [name, coefficients[i]!])),
    covariance
  })
  const { forward, backward, optimiser } = cost.passes
  const passes = { forward: fitted(forward), backward: fitted(backward), optimiser: fitted(optimiser) }
  const { range, scores } = cost
  return { cost, body: { kind: "layers", version, ...about, range, passes, scores } }
}

/** The text of a profile's file. */
export const print = ({ body }: LayerProfile): string =>
  `${JSON.stringify({ ...body, hash: checksum(canonical(body)) }, null, 1)}\n`

const remedy = "make it anew with edgeol calibrate"

/** Reads a profile. Throws `ProfileError`. `file` is for messages. */
export const parse = (file: string, text: string): LayerProfile => {
  const fail = (what: string) => new ProfileError({ message: `${file}: ${what}; ${remedy}.` })
  const value = attempt(
    (): unknown => JSON.parse(text),
    () => fail("it is not JSON, or ends too early")
  )
  const known = typeof value === "object" && value !== null && "version" in value ? value.version : undefined
  if (known !== version) {
    throw fail(`it is of version ${JSON.stringify(known) ?? "none"}, and this edgeol reads version ${version}`)
  }
  const { hash, ...body } = attempt(
    () => Schema.decodeUnknownSync(File)(value),
    (reason) => fail(`it has not the fields of layer costs (${reason})`)
  )
  if (checksum(canonical(body)) !== hash) {
    throw fail("its content does not match its hash, so it was damaged or edited")
  }
  return attempt(
    () => revive(body),
    (reason) => fail(`its formulas cannot be used: ${reason}`)
  )
}

const revive = (body: Body): LayerProfile => {
  const fitted = (pass: Work.Pass): LayerCost.Fitted => {
    const { formula, coefficients, covariance } = body.passes[pass]
    const compiled = Formula.compile(formula)
    const values = compiled.coefficients.map((name) => coefficients[name])
    if (values.includes(undefined)) throw new Error(`${formula.name} lacks a coefficient`)
    return { formula: compiled, coefficients: values as ReadonlyArray<number>, covariance }
  }
  const passes = { forward: fitted("forward"), backward: fitted("backward"), optimiser: fitted("optimiser") }
  return { body, cost: { passes, scores: body.scores, range: body.range } }
}

const attempt = <A>(action: () => A, explain: (reason: string) => ProfileError): A => {
  try {
    return action()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw explain(reason.replace(/\s+/g, " ").slice(0, 160))
  }
}

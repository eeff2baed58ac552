/** Quantities as a person writes them: a number in SI units, or a text with its unit, `90 min`, `20/h`, `12 Wh`. */
import { Schema, SchemaTransformation } from "effect"

export const Count = Schema.Int.check(Schema.isGreaterThan(0))
export const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
export const NotNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
export const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const spans = { ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400 }
const energies = { J: 1, kJ: 1e3, Wh: 3600, kWh: 3.6e6 }

/** A number of SI units, or text: a number, and one of these units with its worth in SI. */
const quantity = (
  plain: typeof Positive,
  units: Readonly<Record<string, number>>,
  between: string,
  worth: (value: number, unit: number) => number,
  example: string
) => {
  const expected = `a number or a text such as ${example}`
  const form = new RegExp(`^(\\d+(?:\\.\\d+)?)${between}(${Object.keys(units).join("|")})$`, "u")
  const decode = (text: string) => {
    const [, value, unit] = form.exec(text) ?? []
    return worth(Number(value), units[unit!]!)
  }
  const text = Schema.String.check(Schema.isPattern(form, { expected }))
  const read = text.pipe(Schema.decodeTo(plain, SchemaTransformation.transform({ decode, encode: String })))
  return Schema.Union([plain, read]).annotate({ expected })
}

/** s, more than nothing: `600`, `10 min`. */
export const Duration = quantity(Positive, spans, " ?", (value, unit) => value * unit, `"10 min"`)

/** s since the run began, or a duration that may be nothing. */
export const Time = quantity(NotNegative, spans, " ?", (value, unit) => value * unit, `"6 h"`)

/** Arrivals a second: `0.02`, `72/h`. */
export const Rate = quantity(Positive, spans, " ?/ ?", (value, unit) => value / unit, `"72/h"`)

/** J: `43200`, `12 Wh`. */
export const Energy = quantity(Positive, energies, " ?", (value, unit) => value * unit, `"12 Wh"`)

/** One of several structures, told apart by their `kind`; `kinds` names them for a sentence. */
export const oneOf = <const Members extends ReadonlyArray<Schema.Constraint>>(kinds: string, members: Members) =>
  Schema.Union(members).annotate({ expected: `a kind: ${kinds}` })

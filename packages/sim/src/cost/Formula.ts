/**
 * Formulas as data: text, the symbols in it with unit and range, and a source. They are parsed and differentiated with
 * mathjs, checked (symbols, units, poles), and compiled to plain JavaScript with common subexpressions shared.
 */
import { Schema } from "effect"
import type { MathNode } from "mathjs"
// In one file: its thousand modules take 0.95 s of CPU to load, this takes 0.08 s.
import math from "mathjs/lib/browser/math.js"
import * as Interval from "./Interval.ts"

/** A quantity in a formula. A `coefficient` is positive and fitted; the others are given with each query. */
const FormulaSymbol = Schema.Struct({
  unit: Schema.String,
  range: Schema.Tuple([Schema.Finite, Schema.Finite]),
  coefficient: Schema.optional(Schema.Boolean),
  /** Where a fit begins, and around which it expects a coefficient without a unit. */
  begin: Schema.optional(Schema.Finite),
  meaning: Schema.optional(Schema.String)
})

export const Formula = Schema.Struct({
  name: Schema.String,
  /** `time = G / f_gpu + K`. */
  text: Schema.String,
  unit: Schema.String,
  symbols: Schema.Record(Schema.String, FormulaSymbol),
  source: Schema.String
})
export type Formula = typeof Formula.Type

/** A formula that cannot be used; the message names the formula, the place and what to change. */
export class FormulaError extends Schema.TaggedError<FormulaError>()("FormulaError", { message: Schema.String }) {}

export interface Compiled {
  readonly formula: Formula
  /** Names of the given symbols and of the coefficients, in the order in which arrays hold them: by name, so that a stored formula keeps it. */
  readonly inputs: ReadonlyArray<string>
  readonly coefficients: ReadonlyArray<string>
  readonly value: (inputs: ArrayLike<number>, coefficients: ArrayLike<number>) => number
  /** Also writes the derivatives by each coefficient to `out`. */
  readonly gradient: (inputs: ArrayLike<number>, coefficients: ArrayLike<number>, out: Float64Array) => number
  /** `gradient` at fixed coefficients: what depends on them alone is worked out once. */
  readonly bind: (coefficients: ArrayLike<number>) => (inputs: ArrayLike<number>, out: Float64Array) => number
}

/** Checks and compiles. Throws `FormulaError`. */
export const compile = (formula: Formula): Compiled => {
  const tree = parse(formula)
  checkSymbols(formula, tree)
  checkRanges(formula)
  checkPoles(formula, tree)
  checkUnits(formula, tree)
  const names = Object.keys(formula.symbols).toSorted()
  const inputs = names.filter((name) => formula.symbols[name]!.coefficient !== true)
  const coefficients = names.filter((name) => formula.symbols[name]!.coefficient === true)
  const places = (coefficient: (i: number) => string) =>
    new Map([
      ...inputs.map((name, i): [string, string] => [name, `x[${i}]`]),
      ...coefficients.map((name, i): [string, string] => [name, coefficient(i)])
    ])
  const given = places((i) => `c[${i}]`)
  const trees = [tree, ...coefficients.map((name) => derivative(formula, tree, name))]
  const slopes = (roots: ReadonlyArray<string>) =>
    [...roots.slice(1).map((root, i) => `out[${i}] = ${root}`), `return ${roots[0]}`].join("\n")
  return {
    formula,
    inputs,
    coefficients,
    value: build([tree], given, "x, c", (roots) => `return ${roots[0]}`) as Compiled["value"],
    gradient: build(trees, given, "x, c, out", slopes) as Compiled["gradient"],
    bind: (at) =>
      build(
        trees,
        places((i) => literal(at[i]!)),
        "x, out",
        slopes
      ) as ReturnType<Compiled["bind"]>
  }
}

const fail = (formula: Formula, what: string) => new FormulaError({ message: `Formula "${formula.name}": ${what}` })

/** `name = expression` or an expression alone. */
const parse = (formula: Formula): MathNode => {
  if (formula.text.length > 2000) throw fail(formula, "its text is longer than 2000 characters; shorten it.")
  const tree = attempt(
    () => math.parse(formula.text),
    (reason) => fail(formula, `"${formula.text}" cannot be read: ${reason}; correct its syntax.`)
  )
  const expression = tree.type === "AssignmentNode" ? (tree as unknown as { value: MathNode }).value : tree
  return attempt(
    () => expression.transform(bare),
    (reason) => fail(formula, `${reason}.`)
  )
}

const operators = new Set(["+", "-", "*", "/", "^"])
const functions = new Set(["sqrt", "exp", "log", "min", "max"])

/** Drops brackets; refuses what is neither arithmetic nor one of the functions. */
const bare = (node: MathNode): MathNode => {
  const it = node as unknown as { content: MathNode; op: string; fn: { name: string }; value: unknown }
  switch (node.type) {
    case "ParenthesisNode":
      return it.content.transform(bare)
    case "OperatorNode":
      if (!operators.has(it.op)) throw new Error(`the operator "${it.op}" is not allowed, only + - * / ^`)
      return node
    case "FunctionNode":
      if (!functions.has(it.fn.name)) {
        throw new Error(`the function "${it.fn.name}" is not known, only ${[...functions].join(", ")}`)
      }
      return node
    case "SymbolNode":
      return node
    case "ConstantNode":
      if (typeof it.value !== "number") throw new Error(`"${String(it.value)}" is not a number`)
      return node
    default:
      throw new Error(`"${node.toString()}" is not arithmetic; use + - * / ^ and ${[...functions].join(", ")}`)
  }
}

const attempt = <A>(action: () => A, explain: (reason: string) => FormulaError): A => {
  try {
    return action()
  } catch (error) {
    throw explain(error instanceof Error ? error.message : String(error))
  }
}

const symbolsOf = (tree: MathNode): ReadonlyArray<string> => [
  ...new Set(
    tree
      .filter((node, path) => node.type === "SymbolNode" && path !== "fn")
      .map((node) => (node as unknown as { name: string }).name)
  )
]

const checkSymbols = (formula: Formula, tree: MathNode) => {
  const used = symbolsOf(tree)
  const known = Object.keys(formula.symbols)
  const unknown = used.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw fail(formula, `the symbol "${unknown}" is not declared; declare it, or use ${known.join(", ")}.`)
  }
  const idle = known.find((name) => formula.symbols[name]!.coefficient === true && !used.includes(name))
  if (idle !== undefined) throw fail(formula, `the coefficient "${idle}" is not used in its text; remove it.`)
}

const checkRanges = (formula: Formula) => {
  for (const [name, { range, coefficient }] of Object.entries(formula.symbols)) {
    if (range[0] > range[1]) {
      throw fail(formula, `the range of "${name}" runs from ${range[0]} down to ${range[1]}; swap its ends.`)
    }
    if (coefficient === true && !(range[0] > 0)) {
      throw fail(formula, `the coefficient "${name}" must be positive, but its range starts at ${range[0]}; raise it.`)
    }
  }
}

const rangesOf = (formula: Formula) =>
  new Map(Object.entries(formula.symbols).map(([name, { range }]) => [name, range] as const))

const checkPoles = (formula: Formula, tree: MathNode) => {
  attempt(
    () => Interval.evaluate(tree, rangesOf(formula)),
    (reason) => fail(formula, `${reason} within the ranges of its symbols; narrow a range.`)
  )
}

/** Evaluates with units, and without: both must agree, so that `GHz` taken for `Hz` is seen as well as `s` for `W`. */
const checkUnits = (formula: Formula, tree: MathNode) => {
  const middle = Object.entries(formula.symbols).map(([name, { range }]) => [name, between(range)] as const)
  const inUnits = attempt(
    () => middle.map(([name, value]) => [name, quantity(value, formula.symbols[name]!.unit)] as const),
    (reason) => fail(formula, `a unit cannot be read: ${reason}.`)
  )
  const plain = tree.evaluate(Object.fromEntries(middle)) as number
  const result = attempt(
    () => inUnit(tree.evaluate(Object.fromEntries(inUnits)), formula.unit),
    (reason) => fail(formula, `units do not match in "${formula.text}": ${reason}; correct the unit of a symbol.`)
  )
  const factor = result / plain
  if (!(Math.abs(factor - 1) < 1e-6)) {
    throw fail(
      formula,
      `units differ from ${formula.unit} by a factor ${Number(factor.toPrecision(3))}; correct a symbol's unit.`
    )
  }
}

const between = ([low, high]: readonly [number, number]) => (low > 0 ? Math.sqrt(low * high) : (low + high) / 2)

const dimensionless = (unit: string) => unit === "" || unit === "1"

const quantity = (value: number, unit: string) => (dimensionless(unit) ? value : math.unit(value, unit))

const inUnit = (value: unknown, unit: string): number => {
  if (typeof value === "number") {
    if (dimensionless(unit)) return value
    throw new Error(`the result has no unit, not ${unit}`)
  }
  return (value as { toNumber: (unit: string) => number }).toNumber(dimensionless(unit) ? "" : unit)
}

const derivative = (formula: Formula, tree: MathNode, name: string): MathNode =>
  attempt(
    () => math.derivative(tree, name, { simplify: false }).transform((node) => unwrapped(node)),
    (reason) => fail(formula, `it cannot be differentiated by "${name}": ${reason}; write it without that function.`)
  )

const unwrapped = (node: MathNode): MathNode =>
  node.type === "ParenthesisNode" ? (node as unknown as { content: MathNode }).content.transform(unwrapped) : node

/** A function whose body gives each distinct subexpression one name, and numbers of numbers their value. */
const build = (
  trees: ReadonlyArray<MathNode>,
  places: ReadonlyMap<string, string>,
  parameters: string,
  end: (roots: ReadonlyArray<string>) => string
) => {
  const names = new Map<string, string>()
  const lines: Array<string> = []
  const share = (code: string) => {
    const known = names.get(code)
    if (known !== undefined) return known
    const name = `t${names.size}`
    names.set(code, name)
    lines.push(`const ${name} = ${code}`)
    return name
  }
  const emit = (node: MathNode): string => {
    const it = node as unknown as { value: number; name: string; op: string; fn: { name: string }; args: MathNode[] }
    if (node.type === "ConstantNode") return literal(it.value)
    if (node.type === "SymbolNode") return places.get(it.name)!
    const args = it.args.map(emit)
    const code = operation(node.type === "FunctionNode" ? it.fn.name : it.op, args)
    if (isLiteral(code) || /^(x\[\d+\]|c\[\d+\]|t\d+)$/.test(code)) return code
    return args.every(isLiteral) ? literal(valueOf(code)) : share(code)
  }
  const roots = trees.map(emit)
  return made(parameters, [...lines, end(roots)].join("\n"))
}

/** Only names and operators of the lists above reach this text. */
// oxlint-disable-next-line no-new-func, no-implied-eval
const made = (parameters: string, body: string) => new Function(parameters, body)

const literal = (value: number) => (value < 0 ? `(${value})` : String(value))

const isLiteral = (code: string) => /^(\(-)?[\d.]+(e[+-]?\d+)?\)?$/.test(code)

const valueOf = (code: string) => made("", `return ${code}`)() as number

/** JavaScript for one operation, without the multiplications by 0 and 1 that differentiation leaves. */
const operation = (op: string, args: ReadonlyArray<string>): string => {
  const [a, b] = args as [string, string | undefined]
  if (functions.has(op)) return `Math.${op}(${args.join(", ")})`
  if (b === undefined) return op === "-" ? (a === "0" ? "0" : `(-${a})`) : a
  if (op === "*") {
    if (args.includes("0")) return "0"
    const rest = args.filter((arg) => arg !== "1")
    return rest.length === 0 ? "1" : rest.join(" * ")
  }
  if (op === "+") {
    const rest = args.filter((arg) => arg !== "0")
    return rest.length === 0 ? "0" : rest.join(" + ")
  }
  if (op === "-") return b === "0" ? a : a === "0" ? `(-${b})` : `${a} - ${b}`
  if (op === "/") return a === "0" ? "0" : b === "1" ? a : `${a} / ${b}`
  return power(a, b)
}

const power = (base: string, exponent: string) => {
  if (exponent === "0") return "1"
  if (exponent === "1") return base
  if (exponent === "2") return `${base} * ${base}`
  if (exponent === "3") return `${base} * ${base} * ${base}`
  return `Math.pow(${base}, ${exponent})`
}

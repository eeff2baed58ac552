/** Interval arithmetic on a formula's tree: finds divisions by zero and roots of negative numbers in a range. */
import type { MathNode } from "mathjs"

/** `low <= high`, both finite or infinite, never NaN. */
export type Interval = readonly [low: number, high: number]

interface Parts {
  readonly name: string
  readonly value: number
  readonly op: string
  readonly fn: { readonly name: string }
  readonly args: ReadonlyArray<MathNode>
}

/** Bounds of the value over boxes of the symbols. Throws an `Error` that names the offending part. */
export const evaluate = (tree: MathNode, ranges: ReadonlyMap<string, Interval>): Interval => {
  const at = (node: MathNode): Interval => {
    const it = node as unknown as Parts
    if (node.type === "ConstantNode") return [it.value, it.value]
    if (node.type === "SymbolNode") return ranges.get(it.name)!
    const args = it.args.map(at)
    return node.type === "FunctionNode" ? called(it, args) : operated(it, args)
  }
  return at(tree)
}

const operated = (it: Parts, args: ReadonlyArray<Interval>): Interval => {
  const [a, b] = args as [Interval, Interval | undefined]
  if (b === undefined) return it.op === "-" ? [-a[1], -a[0]] : a
  switch (it.op) {
    case "+":
      return args.reduce((sum, arg) => [sum[0] + arg[0], sum[1] + arg[1]])
    case "-":
      return [a[0] - b[1], a[1] - b[0]]
    case "*":
      return args.reduce(times)
    case "/":
      if (b[0] <= 0 && b[1] >= 0) throw new Error(`"${text(it.args[1])}" can be zero, and it divides,`)
      return times(a, [1 / b[1], 1 / b[0]])
    default:
      return raised(it, a, b)
  }
}

const times = (a: Interval, b: Interval): Interval => hull([a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]])

const hull = (values: ReadonlyArray<number>): Interval => {
  const real = values.map((value) => (Number.isNaN(value) ? 0 : value))
  return [Math.min(...real), Math.max(...real)]
}

const raised = (it: Parts, base: Interval, exponent: Interval): Interval => {
  const whole = exponent[0] === exponent[1] && Number.isInteger(exponent[0])
  if (!whole && base[0] < 0) throw new Error(`"${text(it.args[0])}" can be negative, and it is raised to a fraction,`)
  if (exponent[0] < 0 && base[0] <= 0 && base[1] >= 0) {
    throw new Error(`"${text(it.args[0])}" can be zero, and it is raised to a negative power,`)
  }
  const ends = base.flatMap((b) => exponent.map((e) => b ** e))
  return hull(base[0] < 0 && base[1] > 0 ? [...ends, 0] : ends)
}

const called = (it: Parts, args: ReadonlyArray<Interval>): Interval => {
  const [a] = args as [Interval]
  const name = it.fn.name
  if (name === "exp") return [Math.exp(a[0]), Math.exp(a[1])]
  if (name === "min") return [Math.min(...args.map((x) => x[0])), Math.min(...args.map((x) => x[1]))]
  if (name === "max") return [Math.max(...args.map((x) => x[0])), Math.max(...args.map((x) => x[1]))]
  if (a[0] < 0 || (name === "log" && a[0] === 0)) {
    throw new Error(`the argument of ${name}, "${text(it.args[0])}", can be ${a[0] < 0 ? "negative" : "zero"}`)
  }
  return name === "sqrt" ? [Math.sqrt(a[0]), Math.sqrt(a[1])] : [Math.log(a[0]), Math.log(a[1])]
}

const text = (node: MathNode | undefined) => node?.toString() ?? ""

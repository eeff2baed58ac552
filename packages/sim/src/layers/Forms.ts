/** The formulas of a training step's passes, as data: linear in the coefficients of a machine. */
import type { Formula } from "../cost/Formula.ts"
import type { Pass, Quantity } from "./Work.ts"

export type Forms = Readonly<Record<Pass, Formula>>

/** Units in which formulas see amounts: billions of multiply-adds, megabytes, thousands of numbers. */
export const scale: Readonly<Partial<Record<Quantity, number>>> = {
  conv: 1e9,
  convInput: 1e9,
  convWeights: 1e9,
  depthwise: 1e9,
  depthwiseInput: 1e9,
  depthwiseWeights: 1e9,
  dense: 1e9,
  moved: 1e6,
  norm: 1e6,
  plain: 1e6,
  prepared: 1e6,
  numbers: 1e3
}

const bytes: ReadonlyArray<Quantity> = ["moved", "norm", "plain", "prepared"]
const calls: ReadonlyArray<Quantity> = ["convCalls", "normCalls", "calls"]

/** Seconds of `amount · (a + b / threads)`; of calls `amount · (a + b · (1 - 1 / threads))`. */
const term = (amount: Quantity) => {
  if (amount === "steps" || amount === "numbers" || amount === "prepared") return `${amount} * ${amount}_each`
  const threads = calls.includes(amount) ? "(1 - 1 / threads)" : "/ threads"
  return calls.includes(amount)
    ? `${amount} * (${amount}_each + ${amount}_shared * ${threads})`
    : `${amount} * (${amount}_each + ${amount}_shared ${threads})`
}

const form = (name: string, amounts: ReadonlyArray<Quantity>): Formula => {
  const unit = (amount: Quantity) => (bytes.includes(amount) ? "MB" : "")
  const inputs = amounts.map((amount) => [amount, { unit: unit(amount), range: [0, 1e6] as const }] as const)
  const text = amounts.map(term).join(" + ")
  const coefficients = amounts.flatMap((amount) =>
    [`${amount}_each`, `${amount}_shared`]
      .filter((coefficient) => text.includes(coefficient))
      .map((coefficient) => {
        const per = unit(amount) === "" ? "s" : `s / ${unit(amount)}`
        return [coefficient, { unit: per, range: [1e-12, 1e3] as const, coefficient: true }] as const
      })
  )
  return {
    name,
    text: `time = ${text}`,
    unit: "s",
    symbols: { ...Object.fromEntries([...inputs, ...coefficients]), threads: { unit: "", range: [1, 1024] } },
    source: "a sum of kernels, each with a fixed time and a time for its work; threads after Amdahl (1967)"
  }
}

export const all: Forms = {
  forward: form("forward pass", [
    "conv",
    "depthwise",
    "dense",
    "moved",
    "norm",
    "plain",
    "prepared",
    "convCalls",
    "normCalls",
    "calls",
    "steps"
  ]),
  backward: form("backward pass", [
    "convInput",
    "convWeights",
    "depthwiseInput",
    "depthwiseWeights",
    "dense",
    "moved",
    "norm",
    "plain",
    "convCalls",
    "normCalls",
    "calls",
    "steps"
  ]),
  optimiser: form("optimiser", ["numbers", "calls", "steps"])
}

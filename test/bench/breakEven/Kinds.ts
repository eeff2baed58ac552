/** Days that the break-even rule's theorem covers and days that it does not, each with what the rule pays against the least. */
import * as Additive from "@edgeol/sim/optimum/Additive"
import * as Exposure from "@edgeol/sim/optimum/Exposure"
import * as Competitive from "../../laws/Competitive.ts"
import found from "./worst.json" with { type: "json" }

/** A day of one scene at a price of 1: 0 is a request, any other number a batch of that gain, or of 16 times as many samples. */
export interface Scenario {
  readonly fixed: number
  readonly tape: ReadonlyArray<number>
}

export const parse = ({ fixed, tape }: Scenario): Additive.Problem => ({
  arrivals: tape.map((gain) =>
    gain > 0 ? { kind: "batch", samples: Math.ceil(16 * gain), scene: 0 } : { kind: "request", scene: 0 }
  ),
  gains: tape.filter((gain) => gain > 0),
  ways: [{ share: 1, perSample: 0 }],
  fixed,
  price: 1
})

export interface Kind {
  readonly about: string
  /** What is proven, where something is. */
  readonly bound?: number
  readonly ratio: (problem: Additive.Problem) => number
}

const additive =
  (rule: Competitive.Rule) =>
  (problem: Additive.Problem): number => {
    const { rounds } = Competitive.follow(problem, Competitive.additive(problem), rule)
    return Additive.cost(problem, rounds) / Competitive.slowly(problem, rule.takes ?? 0)
  }

/** Wrong answers, at 1/8 each, fall from 1 as `8 / (8 + samples)`. */
const curved = (alone: boolean) => (problem: Additive.Problem) => {
  const learning = { ...problem, price: 1 / 8, wrong: (_: number, samples: number) => 8 / (8 + samples) }
  const { rounds } = Competitive.follow(learning, Competitive.curved(learning, alone))
  const least = Competitive.avoidable(learning, Exposure.solve(learning).bound)
  return Competitive.avoidable(learning, Exposure.cost(learning, rounds)) / least
}

const computed = (perSample: number) => (problem: Additive.Problem) => {
  const dear = { ...problem, ways: [{ share: 1, perSample }] }
  const { rounds } = Competitive.follow(dear, Competitive.additive(dear))
  return Additive.cost(dear, rounds) / Additive.solve(dear).cost
}

const takes = 4

export const kinds: Readonly<Record<string, Kind>> = {
  roundFirst: { about: "within the assumptions", bound: 2, ratio: additive({}) },
  drawn: {
    about: "within the assumptions, a threshold drawn for the run, expected",
    bound: Math.E / (Math.E - 1),
    ratio: (problem) => Competitive.expected(problem) / Competitive.slowly(problem, 0)
  },
  drawnForOne: {
    about: "the same with a single account, for which it is not meant",
    ratio: (problem) => Competitive.expected(problem, false) / Competitive.slowly(problem, 0)
  },
  answerFirst: { about: "requests that may not wait", ratio: additive({ answersFirst: true }) },
  diminishing: { about: "diminishing returns, known", bound: 2, ratio: curved(false) },
  addedUp: { about: "diminishing returns, taken for gains that add up", ratio: curved(true) },
  slow: { about: `rounds that last ${takes} arrivals`, ratio: additive({ takes }) },
  slowAhead: {
    about: `rounds that last ${takes} arrivals, half of them expected requests`,
    ratio: additive({ takes, ahead: takes / 2 })
  },
  computed: { about: "samples that cost 1 each to learn, and need not be learnt", ratio: computed(1) }
}

/** The worst that `node test/bench/breakEven.ts --keep` has found. */
export const worst: Readonly<Record<string, Scenario & { readonly ratio: number }>> = found

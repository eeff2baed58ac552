import * as Decision from "@edgeol/core/Decision"
import type { Entry } from "@edgeol/core/Journal"
import * as EnergyBudget from "@edgeol/core/guards/EnergyBudget"
import * as Immediate from "@edgeol/core/policies/Immediate"
import * as Policy from "@edgeol/core/Policy"
import { joules, seconds } from "@edgeol/core/Units"
import { laws } from "@edgeol/test"
import { expect, test } from "vitest"

const config = { capacity: 6, income: 0.5, round: 2 }

const rounds = (tape: ReadonlyArray<Entry>) =>
  tape.flatMap(({ observation }) => (observation._tag === "RoundFinished" ? [observation] : []))

laws.guard("EnergyBudget", EnergyBudget.guard(config), {
  name: "spends no more than capacity and income, while no round is dearer than the dearest before it",
  broken(tape) {
    let [spent, dearest] = [0, config.round]
    for (const { at, joules: cost } of rounds(tape)) {
      if (cost > dearest) return undefined
      dearest = Math.max(dearest, cost)
      spent += cost
      if (spent > config.capacity + config.income * at + 1e-9) return `${spent} J were spent by ${at} s.`
    }
    return undefined
  },
  reached: (tape) =>
    tape.filter(({ observation }) => observation._tag === "BatchArrived").length > rounds(tape).length + 3
})

const batch = (at: number, id: number) => ({ _tag: "BatchArrived", at: seconds(at), batch: id, samples: 1 }) as const
const finished = (at: number, cost: number) =>
  ({
    _tag: "RoundFinished",
    at: seconds(at),
    round: 1,
    batches: 1,
    iterations: 1,
    seconds: seconds(1),
    joules: joules(cost)
  }) as const
const started = { _tag: "RoundStarted", at: seconds(0), round: 1, batches: 1, samples: 1 } as const

test("lets a refused round start as soon as income covers it", () => {
  const policy = EnergyBudget.guard({ capacity: 1, income: 0.5, round: 2 })(Immediate.make())
  const timer = (at: number) => ({ _tag: "TimerFired", at: seconds(at) }) as const
  expect(Policy.decisions(policy, [batch(0, 0), timer(1), timer(2), timer(3)])).toEqual([
    Decision.wait,
    Decision.wait,
    Decision.train,
    Decision.wait
  ])
})

test("remembers a round asked for while another runs", () => {
  const policy = EnergyBudget.guard({ capacity: 100 })(Immediate.make())
  const history = [batch(0, 0), started, batch(1, 1), finished(2, 1)]
  expect(Policy.decisions(policy, history)).toEqual([Decision.train, Decision.wait, Decision.wait, Decision.train])
})

test.each([NaN, Infinity, -1])("is not led astray by a round of %d J", (cost) => {
  const policy = EnergyBudget.guard({ capacity: 1 })(Immediate.make())
  const made = Policy.decisions(policy, [batch(0, 0), started, finished(1, cost), batch(2, 1)])
  expect(made.at(-1)).toEqual(Decision.train)
})

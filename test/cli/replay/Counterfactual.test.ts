/**
 * Tapes of the surrogate's own world on a device of their own, whose steps vary from round to round: what is foretold of
 * them must hold as often as it says. Then one run of real training.
 */
import { join } from "node:path"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Fit from "@edgeol/cli/commands/Fit"
import * as Replay from "@edgeol/cli/commands/Replay"
import * as Counterfactual from "@edgeol/cli/replay/Counterfactual"
import * as Model from "@edgeol/cli/replay/Model"
import type * as Source from "@edgeol/cli/replay/Source"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import * as Rng from "@edgeol/core/Rng"
import * as CostModel from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"
import * as PowerModel from "@edgeol/sim/PowerModel"
import * as Scenario from "@edgeol/sim/Scenario"
import * as Simulate from "@edgeol/sim/Simulate"
import * as SurrogateLearner from "@edgeol/sim/surrogate/SurrogateLearner"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as InProcess from "../InProcess.ts"

const stream = "patterns/nic@1"
const surrogate = Effect.runSync(Atlas.of(stream))
const { experiment } = Effect.runSync(Experiment.load(stream))
const scenario = Scenario.ofExperiment(experiment, surrogate.body.scenes.slice(1))
const exactly = { by: { seconds: 1, joules: 1, rounds: 1, accuracy: 1 }, runs: 0 }

/** One that is `slow` times the recorded computer, and in each round, or half second, slower or faster by a fifth or so. */
const recorded = (policy: string, seed: number, slow: number, name = stream) => {
  const rng = Rng.named(seed, "weather")
  const weather = Array.from({ length: 4000 }, () => slow * Math.exp(0.2 * rng.normal()))
  const entries: Array<Entry> = []
  Simulate.run(
    Policies.parse(policy),
    {
      timeline: Scenario.timeline(scenario, seed),
      learner: SurrogateLearner.make(surrogate, { seed }),
      costs: CostModel.load(experiment.model.kind),
      cold: false,
      batchSize: experiment.training.batchSize,
      ...Equipment.plain(PowerModel.load("orin-nano@15W")),
      pace: (_activity, nominal, at) => nominal * (slow === 1 ? 1 : weather[Math.floor(2 * at)]!)
    },
    (entry) => void entries.push(entry)
  )
  const header: Source.Source["header"] = {
    format: "edgeol-tape@1",
    experiment: surrogate.body.experiment,
    stream: name,
    policy: { name: policy, config: JSON.parse(JSON.stringify(Policies.parse(policy).config)) },
    seed,
    rounds: "warm",
    clock: "measured",
    meter: { kind: "modelled", source: "orin-nano@15W" },
    units: surrogate.body.units,
    scenarios: surrogate.body.scenes.slice(1),
    versions: {}
  }
  return { header, entries, file: "tape.ndjson", notes: [] } satisfies Source.Source
}

const foretell = (source: Source.Source, other: string, draws = 39) => {
  const policies = { own: Policies.parse(source.header.policy.name), other: Policies.parse(other) }
  const model = Effect.runSync(Model.make(source, "../shared/data"))
  return Counterfactual.foretell(model, source.entries, policies, { draws, widening: exactly })
}

const unscore = ({ observation, decision, costs, joules }: Entry): Entry => ({ observation, decision, costs, joules })

const holds = (told: Counterfactual.Told[keyof Counterfactual.Told], was: number | null) =>
  told !== null && was !== null && was >= told.low * (1 - 1e-9) && was <= told.high * (1 + 1e-9)

describe("of a surrogate's own world", () => {
  test("the tape's own policy and another are within their intervals as often as those say", () => {
    const count = { own: 0, other: 0, accuracy: 0 }
    const seeds = Array.from({ length: 20 }, (_, i) => 600 + i)
    for (const seed of seeds) {
      const [source, real] = [recorded("edgeol", seed, 3), recorded("back-off", seed, 3)]
      const told = foretell(source, "back-off")
      const was = Counterfactual.measured(real.entries)
      count.own += holds(told.own.seconds, told.measured.seconds) ? 1 : 0
      count.other += holds(told.other.seconds, was.seconds) ? 1 : 0
      count.accuracy += holds(told.other.accuracy, was.accuracy) ? 1 : 0
    }
    const shares = Object.values(count).map((held) => held / seeds.length)
    // Of 20 draws at nine in ten, fewer than 15 are a case in a hundred.
    for (const share of shares) expect(share).toBeGreaterThan(0.74)
  })

  test("a policy that does not look at what is learnt is exact on a device without weather", () => {
    const told = foretell(recorded("immediate", 700, 1), "periodic:4")
    const was = Counterfactual.measured(recorded("periodic:4", 700, 1).entries)
    expect(told.own.seconds!.value).toBeCloseTo(told.measured.seconds!, 9)
    for (const measure of ["seconds", "joules", "rounds"] as const) {
      expect(told.other[measure]!.value).toBeCloseTo(was[measure]!, 6)
      expect(told.difference[measure]!.low).toBeCloseTo(was[measure]! - told.measured[measure]!, 6)
    }
  })
})

describe("what cannot be told is not", () => {
  test("without a surrogate: no accuracy, and costs only of policies that do not look at what is learnt", () => {
    const source = recorded("immediate", 700, 1, "elsewhere/nic@1")
    const [plain, looks] = [foretell(source, "periodic:4"), foretell(source, "edgeol")]
    expect(plain.other).toMatchObject({ accuracy: null, seconds: { value: expect.any(Number) } })
    expect(looks.other).toEqual({ seconds: null, joules: null, rounds: null, accuracy: null })
    expect(looks.cannot).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Accuracy: there is no surrogate of elsewhere\/nic@1/),
        expect.stringMatching(/^What edgeol costs: its rounds depend on what is learnt/)
      ])
    )
  })

  test("of a fast head: its accuracy, and what depends on it", () => {
    const source = recorded("immediate", 700, 1)
    const [head, whole] = [foretell(source, "never+head"), foretell(source, "breakEven")]
    expect(whole.other).toEqual({ seconds: null, joules: null, rounds: null, accuracy: null })
    expect(head.other).toMatchObject({ accuracy: null, seconds: { value: expect.any(Number) } })
    expect(head.cannot.join(" ")).toMatch(/How accurate never\+head is: it adapts a fast head.*What head took/)
  })

  test("of an accuracy that nobody measured the difference is that of two foretold ones", () => {
    const source = recorded("immediate", 700, 1)
    const unscored = { ...source, entries: source.entries.map(unscore) }
    const told = foretell(unscored, "periodic:4")
    expect(told.measured.accuracy).toBeNull()
    expect(told.difference.accuracy!.value).toBeCloseTo(told.other.accuracy!.value - told.own.accuracy!.value, 9)
  })
})

test("of real training, from the command line", { timeout: 400_000 }, async () => {
  const folder = Edgeol.folder()
  const asked = ["--policies", "edgeol", "--seeds", "1", "--out", folder]
  const made = await Edgeol.run("compare", ...asked, ...Edgeol.repeatable)
  expect(made.code, made.stderr).toBe(0)
  const tape = join(folder, "seed-1", "edgeol")
  const replayed = await InProcess.run(Replay.command, tape, "--policy", "immediate", "--json")
  expect(replayed.error).toBeUndefined()
  const { counterfactual, same, costs } = JSON.parse(replayed.stdout) as {
    readonly same: boolean
    readonly counterfactual: Counterfactual.Counterfactual
    readonly costs: { readonly activities: Readonly<Record<string, { readonly factor: number }>> }
  }
  const { measured, own } = counterfactual
  expect(same).toBe(true)
  for (const measure of ["seconds", "joules", "accuracy"] as const) {
    expect(holds(own[measure], measured[measure])).toBe(true)
  }
  for (const { factor } of Object.values(costs.activities)) expect(factor).toBeCloseTo(1, 6)
  const words = await InProcess.run(Replay.command, tape, "--policy", "immediate", "--draws", "19")
  expect(words.stdout).toMatch(/^edgeol decides again as on the tape: \d+ observations/)
  expect(words.stdout).toMatch(/What this tape cannot tell:\n- How long requests/)
  const profile = join(folder, "profile.json")
  const fitted = await InProcess.run(Fit.command, "--tape", tape, "--out", profile)
  expect(fitted).toMatchObject({ error: undefined, stdout: expect.stringMatching(/Device: .*profile\.json\n$/) })
  const again = await InProcess.run(Replay.command, tape, "--device", profile, "--json")
  const factors = Object.values((JSON.parse(again.stdout) as { costs: typeof costs }).costs.activities)
  expect(factors.length).toBeGreaterThan(5)
  for (const { factor } of factors) expect(factor).toBeCloseTo(1, 6)
})

test("too few rounds correct no device", async () => {
  const folder = Edgeol.folder()
  const short = Edgeol.tiny(folder)
  const run = await Edgeol.run(
    "run",
    short,
    "--policy",
    "periodic:9",
    ...Edgeol.repeatable,
    "--out",
    join(folder, "run")
  )
  expect(run.code, run.stderr).toBe(0)
  const { error } = await InProcess.run(Fit.command, "--tape", join(folder, "run"))
  expect(error).toMatch(
    /tape\.ndjson has \d rounds?, and a correction with an interval needs 5 at least; name a longer tape\.$/
  )
})

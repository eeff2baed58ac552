/**
 * Tapes of the surrogate's own world on a device of their own, whose steps vary from round to round: what is foretold of
 * them must hold as often as it says. Then one run of real training.
 */
import { join } from "node:path"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Fidelity from "@edgeol/cli/commands/Fidelity"
import * as Fit from "@edgeol/cli/commands/Fit"
import * as Replay from "@edgeol/cli/commands/Replay"
import * as Measure from "@edgeol/cli/fidelity/Measure"
import * as Counterfactual from "@edgeol/cli/replay/Counterfactual"
import type * as Judged from "@edgeol/cli/replay/Judged"
import * as Model from "@edgeol/cli/replay/Model"
import * as Widening from "@edgeol/cli/replay/Widening"
import * as Relearn from "@edgeol/cli/replay/Relearn"
import type * as Source from "@edgeol/cli/replay/Source"
import * as Tape from "@edgeol/cli/Tape"
import type { Entry } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"
import * as InProcess from "../InProcess.ts"
import * as Recorded from "./Recorded.ts"

const stream = "patterns/nic@1"
const surrogate = Effect.runSync(Atlas.of(stream))

const recorded = (policy: string, seed: number, slow: number, name = stream) =>
  Recorded.tape(surrogate, policy, seed, slow, name)

const foretell = (source: Source.Source, other: string, isHeadKnown = true, draws = 39) => {
  const policies = { own: Policies.parse(source.header.policy.name), other: Policies.parse(other) }
  const whole = Effect.runSync(Model.make(source, "../shared/data"))
  const model = isHeadKnown ? whole : { ...whole, learnt: { ...whole.learnt!, head: undefined } }
  return Counterfactual.foretell(model, source.entries, policies, { draws, widening: Widening.none })
}

const unscore = ({ observation, decision, costs, joules }: Entry): Entry => ({ observation, decision, costs, joules })

const told = (of: Counterfactual.Told) => Measure.each((measure) => of[measure]!.value)

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

  test("of a fast head that was not recorded: its accuracy, and what depends on it; but between what it costs", () => {
    const source = recorded("immediate", 700, 1)
    const [head, whole] = [foretell(source, "never+head", false), foretell(source, "breakEven", false)]
    expect(whole.other).toEqual({ seconds: null, joules: null, rounds: null, accuracy: null })
    expect(head.other).toMatchObject({ accuracy: null, seconds: { value: expect.any(Number) } })
    expect(head.cannot.join(" ")).toMatch(/How accurate never\+head is: it adapts a fast head.*What head took/)
    expect(whole.cannot.join(" ")).toMatch(/breakEven comes to 200 ms and .* where it never trains, and to 2.\d+ s/)
  })

  test("of a policy that looks at how sure a fast head is", () => {
    const told = foretell(recorded("immediate", 700, 1), "edgeol+head")
    expect(told.other).toEqual({ seconds: null, joules: null, rounds: null, accuracy: null })
    expect(told.cannot.join(" ")).toMatch(/How accurate edgeol\+head is: beside its fast head it looks at/)
  })

  test("and why it is not learnt: a device keeps no samples that it has learnt", () => {
    const source = recorded("immediate", 700, 1)
    const own = { ...source, header: { ...source.header, scenarios: [] } }
    const model = Effect.runSync(Model.make(own, "../shared/data"))
    expect(Effect.runSync(Effect.scoped(Relearn.open(own, model, "../shared/data")))).toMatch(/came to a device/)
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
  const asked = ["--policies", "edgeol,breakEven:8", "--seeds", "1", "--out", folder]
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
  // Learnt for real it is the very run that the other policy made.
  const learnt = await InProcess.run(Replay.command, tape, "--policy", "breakEven:8", "--learning", "real", "--json")
  expect(learnt.error).toBeUndefined()
  const head = (JSON.parse(learnt.stdout) as { readonly counterfactual: Counterfactual.Counterfactual }).counterfactual
  const ran = Effect.runSync(Tape.read(join(folder, "seed-1", "breakEven-8")))
  expect(head).toMatchObject({ kind: "real", draws: 1 })
  expect(told(head.own)).toEqual(Measure.each((measure) => expect.closeTo(measured[measure]!, 6)))
  expect(told(head.other)).toEqual(
    Measure.each((measure) => expect.closeTo(Counterfactual.measured(ran.entries)[measure]!, 6))
  )
  expect(head.other.rounds!.value).toBeGreaterThan(0)
  // The surrogate of its fast head holds it.
  const headed = await InProcess.run(Replay.command, tape, "--policy", "breakEven:8", "--json")
  const { counterfactual: by } = JSON.parse(headed.stdout) as { readonly counterfactual: Counterfactual.Counterfactual }
  expect(by.kind).toBe("foretold")
  for (const measure of Measure.measures) expect(holds(by.other[measure], head.other[measure]!.value)).toBe(true)
  // Each of both runs, foretold from the tape of the other, as the recorded card has it.
  const judged = await InProcess.run(Fidelity.command, "replay", "--runs", folder, "--draws", "19", "--json")
  expect(judged.error).toBeUndefined()
  const { pairs } = JSON.parse(judged.stdout) as Judged.Card
  expect(pairs.map(({ clock, kind, own: from, other }) => [clock, kind, from, other].join(" ")).toSorted()).toEqual([
    "modelled foretold breakEven:8 edgeol",
    "modelled foretold edgeol breakEven:8"
  ])
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

/** The recorded fidelity card, a slice of it simulated again, and the command that makes it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Atlas from "@edgeol/cli/atlas/Atlas"
import * as Command from "@edgeol/cli/commands/Fidelity"
import * as Card from "@edgeol/cli/fidelity/Card"
import * as Measure from "@edgeol/cli/fidelity/Measure"
import * as Page from "@edgeol/cli/fidelity/Page"
import { activities } from "@edgeol/core/Ledger"
import { Effect } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import * as InProcess from "../InProcess.ts"

const file = fileURLToPath(new URL("../../../packages/sim/fidelity/sim.json", import.meta.url))
const recorded = JSON.parse(readFileSync(file, "utf8")) as Card.Card
const stream = "patterns/nic@1"
const entry = recorded[stream]!

describe("the recorded card", () => {
  test("is of seeds that no surrogate was fitted on, and of no policy that it cannot foretell", () => {
    for (const { seeds, fitted, policies, left, runs, measures } of Object.values(recorded)) {
      expect(seeds.filter((seed) => fitted.seeds.includes(seed))).toEqual([])
      expect(policies.filter((policy) => left.some((one) => one.policy === policy))).toEqual([])
      for (const measure of Measure.measures) expect(measures[measure].all.runs).toBe(runs.length)
    }
  })

  test("says of its own runs what it says", () => {
    for (const { runs, measures, ranking } of Object.values(recorded)) {
      expect(Card.judged(runs)).toEqual({ measures, ranking })
    }
  })

  test("is exact where cost does not depend on what is learnt", () => {
    for (const { runs } of Object.values(recorded)) {
      const fixed = runs.filter((run) => !Card.isAdaptive(run))
      expect(fixed.length).toBeGreaterThan(0)
      for (const { emulated, simulated } of fixed) {
        expect(simulated.seconds.value).toBeCloseTo(emulated.seconds, 5)
        expect(simulated.joules.value).toBeCloseTo(emulated.joules, 4)
        expect(simulated.rounds.value).toBe(emulated.rounds)
      }
    }
  })

  test("makes a page that asks for nothing from outside", () => {
    const page = Page.page(recorded, ["elsewhere/ni@1"])
    expect(page).toContain("elsewhere/ni@1")
    expect(page).not.toMatch(/(src|href)="http/)
    expect(page.replace(/<script[^]*?<\/script>/g, "")).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe("a slice of the card, simulated again", () => {
  const policies = ["edgeol", "periodic:4"]
  const own = entry.runs.filter(({ policy }) => policies.includes(policy))

  test("is no worse than recorded", () => {
    const again = Card.again(Effect.runSync(Atlas.of(stream)), entry, policies)
    expect(again.map(({ emulated }) => emulated)).toEqual(own.map(({ emulated }) => emulated))
    expect(again.some(Card.isAdaptive)).toBe(true)
    expect(Card.worse(Card.judged(again), Card.judged(own))).toEqual([])
  })

  test("notices what got worse", () => {
    const spoilt = own.map((run) => ({
      ...run,
      simulated: Measure.each((measure) => {
        const value = 1.5 * run.simulated[measure].value
        return { value, low: value, high: value }
      })
    }))
    expect(Card.worse(Card.judged(spoilt), Card.judged(own)).length).toBeGreaterThan(8)
    expect(Card.worse(entry, entry)).toEqual([])
  })
})

describe("the command", () => {
  const home = mkdtempSync(join(tmpdir(), "edgeol-fidelity-"))
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  const run = (...flags: ReadonlyArray<string>) => InProcess.run(Command.command, "sim", "--out", home, ...flags)

  /** A line of an evaluation. */
  const line = (policy: string, seed: number, of = stream) =>
    JSON.stringify({
      stream: of,
      model: "convnet",
      policy,
      seed,
      rounds: "cold",
      finished: 40,
      iterations: 320,
      requests: 200,
      seconds: 21.60344,
      joules: 136,
      meter: "orin-nano@15W",
      accuracy: 0.46,
      seen: null,
      latencyP50: 0.001,
      latencyP99: 0.4,
      activities: Object.fromEntries(activities.map((name) => [name, name === "head" && policy === "head" ? 1 : 0])),
      weights: "",
      versions: {}
    })

  test("writes a page and JSON by stream, of seeds not fitted on and without fast heads", async () => {
    const results = join(home, "results.ndjson")
    const { seeds } = entry.fitted
    const lines = [
      line("immediate", 11),
      line("head", 11),
      line("immediate", seeds[0]!),
      line("never", 11, "no/such@1")
    ]
    writeFileSync(results, lines.join("\n"))
    const said = await run("--results", results, "--draws", "19", "--json")
    expect(said.error).toBeUndefined()
    const card = JSON.parse(said.stdout) as Card.Card
    expect(Object.keys(card)).toEqual([stream])
    expect(card[stream]!.runs.map(({ policy, seed }) => [policy, seed])).toEqual([["immediate", 11]])
    expect(card[stream]!.left.map(({ policy }) => policy)).toEqual(["head"])
    expect(card[stream]!.runs[0]!.simulated.seconds.value).toBeCloseTo(21.60344, 5)
    expect(existsSync(join(home, "sim.json"))).toBe(true)
    expect(readFileSync(join(home, "sim.html"), "utf8")).toContain("no/such@1")
  })

  test("says in a sentence what cannot be", async () => {
    const none = join(home, "none.ndjson")
    expect((await run("--results", none)).error).toBe(
      `No run is recorded in ${none}; run edgeol evaluate, or name its --results.`
    )
    expect((await run("--draws", "5")).error).toBe("--draws must be at least 19, not 5.")
    writeFileSync(none, line("never", 11, "no/such@1"))
    expect((await run("--results", none)).error).toMatch(/^No run in .* make a surrogate with edgeol atlas\.$/)
    expect((await run("--results", none, "--real", join(home, "real"))).error).toBe(
      `There is no folder ${join(home, "real")}; name one of measured runs with --real.`
    )
    expect((await run("--results", none, "--real", home)).error).toMatch(/^No measured run has ended in /)
  })
})

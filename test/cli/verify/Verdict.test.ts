import * as Verdict from "@edgeol/cli/verify/Verdict"
import * as Envelope from "@edgeol/core/guards/Envelope"
import { expect, test } from "vitest"

const worst = {
  joulesPerHour: 2013,
  roundsPerHour: 43,
  staleness: 0.00796,
  latency: 0.364,
  stateBytes: 519,
  progress: 1
}

const verdict = (promised: Envelope.Envelope): Verdict.Verdict => ({
  policy: "idea",
  device: "orin-nano@15W",
  stream: "patterns/nic@1",
  rounds: "warm",
  modules: "",
  builtins: [],
  laws: [{ law: "never throws", kept: true }],
  kept: ["day"],
  left: [],
  cases: 0,
  seed: 1,
  seeds: 1,
  runs: 1,
  promises: Verdict.rows(promised, { runs: [], days: [], worst }),
  breaches: []
})

test("where nothing is promised it says what to promise, with room for what a board does otherwise", () => {
  expect(Verdict.text(verdict({})).split("\n").at(-1)).toBe(
    "  --promise joulesPerHour=4100,roundsPerHour=54,staleness=0.016,latency=0.73,stateBytes=649,progress=2"
  )
  const none = { ...verdict({}), promises: Verdict.rows({}, { runs: [], days: [], worst: Envelope.nothing }) }
  expect(Verdict.text(none)).toMatch(/--promise joulesPerHour=0,roundsPerHour=0,.*progress=0$/)
})

test("it does not where something is promised, where a law is broken, or where nothing was tried", () => {
  const law = { law: "never throws", kept: false, sentence: "idea throws." }
  for (const other of [verdict({ latency: 1 }), { ...verdict({}), laws: [law] }, { ...verdict({}), runs: 0 }])
    expect(Verdict.text(other)).not.toContain("--promise")
})

import * as Scenario from "@edgeol/sim/Scenario"
import { Result } from "effect"
import { describe, expect, test } from "vitest"

const good = `
name: robot
version: 1
scenes: { dark: 2, light: 1, dusk: { dark: 1, light: 2 } }
schedule:
  - { scene: light, duration: 1 h }
  - scene: dusk
    duration: 1 h
    drift: { kind: gradual, over: 30 min }
  - { scene: light, until: 3 h, drift: { kind: recurring } }
batches:
  rate: 20/h
  samples: 16
  labels: { delay: { kind: fixed, seconds: 1 min }, missing: 0.1 }
requests:
  rate: 60/h
  process: { kind: poisson }
device:
  name: orin-nano@15W
  modes: [{ at: 1 h, mode: 7W }]
  battery: { capacity: 12 Wh, charge: 0.9 }
  thermal: { resistance: 2, capacity: 90, ambient: 25, throttleAt: 70, factor: 0.5 }
`

const messageOf = (text: string) => {
  const read = Scenario.parse(text, "a.yaml")
  return Result.isFailure(read) ? read.failure.message : "no error"
}

test("what the refusals change is a scenario", () => {
  expect(messageOf(good)).toBe("no error")
})

const process = (text: string) => [good, "{ kind: poisson }", text] as const

describe("refuses in one sentence, with line and field:", () => {
  test.each<[string, string, string, string, string]>([
    ["no stretch", good, good.slice(good.indexOf("\n  - {"), good.indexOf("\nbatches")), " []", "least one stretch"],
    ["a duration of nothing", good, "duration: 1 h }", "duration: 0 h }", 'line 6, "schedule.0.duration": .*greater'],
    ["a negative duration", good, "duration: 1 h }", "duration: -60 }", 'line 6, "schedule.0.duration": .*greater'],
    ["no duration", good, ", duration: 1 h", "", 'line 6, "schedule.0": say how long it lasts'],
    ["an end before its start", good, "until: 3 h", "until: 2 h", 'line 10, "schedule.2.until": ends at 7200 s'],
    ["duration and end", good, "until: 3 h", "until: 3 h, duration: 1 h", "not both"],
    ["a century", good, "until: 3 h", "until: 36500 d", "lasts 3153600000 s in all"],
    ["endless repeats", good, "version: 1", "version: 1\nrepeat: 4000000", 'line 4, "repeat"|in all'],
    ["an unknown scene", good, "scene: dusk", "scene: dask", 'line 7, "schedule.1.scene": there is no scene "dask"'],
    ["an unknown part", good, "{ dark: 1,", "{ dork: 1,", 'line 4, "scenes.dusk": there is no scene "dork"; .*light'],
    ["a circle", good, "dark: 2", "dark: { dusk: 1 }", 'line 4, "scenes.dark": mixes dark of dusk of dark'],
    ["a mix of nothing", good, "{ dark: 1, light: 2 }", "{}", '"scenes.dusk": is a mix of nothing'],
    ["a weight of nothing", good, "{ dark: 1,", "{ dark: 0,", '"scenes.dusk.dark": .*greater than 0'],
    ["a span beyond its stretch", good, "30 min", "61 min", 'line 9, "schedule.1.drift.over": drifts for 3660 s'],
    ["a drift from nothing", good, "1 h }", "1 h, drift: { kind: gradual, over: 1 s } }", "no other before it"],
    ["what does not recur", good, "scene: light, until", "scene: dark, until", '"dark" does not recur'],
    ["passing through nowhere", good, "{ kind: recurring }", "{ kind: incremental, over: 9, through: [x] }", '"x"'],
    ["a rate of zero", good, "rate: 20/h", "rate: 0", 'line 12, "batches.rate": .*greater than 0'],
    ["an infinite rate", good, "rate: 60/h", "rate: .inf", 'line 16, "requests.rate": .*finite'],
    ["a negative rate", good, "rate: 60/h", "rate: -3", 'line 16, "requests.rate": .*greater than 0'],
    ["a rate without its unit", good, "rate: 60/h", "rate: 60 h", 'line 16, "requests.rate": .*such as "72/h"'],
    ["too high a rate", good, "rate: 60/h", "rate: 1e300", 'line 16, "requests": 1e\\+300 a second'],
    ["rate and count", good, "rate: 60/h", "rate: 60/h\n  count: 3", '"requests": give rate or count, not both'],
    ["neither rate nor count", good, "  rate: 60/h\n", "", '"requests": say how often'],
    ["nothing that arrives", good, good.slice(good.indexOf("batches"), good.indexOf("device")), "", "nothing ever"],
    [
      "a change to nothing",
      good.replace(/batches:[^]*requests/, "requests"),
      "1 h }",
      "1 h, batches: { rate: 1 } }",
      "no batches"
    ],
    ["a misspelt field", good, "samples", "sample", 'line 1\\d, "batches.(sample|samples)"'],
    ["a field of no use", good, "rate: 60/h", "rate: 60/h\n  pace: 3", '"requests.pace": there is no such field;'],
    ["no list", good, /schedule:[^]*?(?=\n\w)/.exec(good)![0], "schedule: 5", '"schedule": Expected a list, as in'],
    ["an unknown process", ...process("{ kind: poison }"), 'line 17, "requests.process": Expected a kind: periodic'],
    [
      "silent states",
      ...process("{ kind: markov, levels: [{ level: 0, dwell: 1 }, { level: 0, dwell: 1 }] }"),
      "levels are zero"
    ],
    ["a silent day", ...process("{ kind: diurnal, profile: [0, 0] }"), 'process.profile": is zero all day'],
    ["bursts without a pause", ...process("{ kind: bursts, size: 9, gap: 10 min }"), "leave no pause"],
    ["a rate that trembles", ...process("{ kind: diurnal, profile: [1, 2], day: 1 ms }"), "ten thousand times"],
    ["a trace with a rate", ...process("{ kind: trace, file: a.csv }"), "a trace has its own times"],
    [
      "a count of bursts",
      good.replace("rate: 60/h", "count: 9"),
      ...(process("{ kind: bursts, size: 2, gap: 0 }").slice(1) as [string, string]),
      "need a rate"
    ],
    ["labels that never come", good, "missing: 0.1", "missing: 1", 'line 14, "batches.labels.missing": no label'],
    [
      "a delay that ends early",
      good,
      "{ kind: fixed, seconds: 1 min }",
      "{ kind: uniform, from: 9, until: 8 }",
      "before it starts"
    ],
    [
      "modes out of order",
      good,
      "7W }]",
      "7W }, { at: 1 min, mode: 15W }]",
      '"device.modes.1.at": 60 s comes after 3600 s'
    ],
    [
      "a mode after the end",
      good,
      "at: 1 h",
      "at: 4 h",
      'line 20, "device.modes.0.at": 14400 s is after the end, 10800 s'
    ],
    ["more charge than there is", good, "charge: 0.9", "charge: 1.9", '"device.battery.charge": '],
    ["a battery of nothing", good, "12 Wh", "0 Wh", '"device.battery.capacity": .*greater than 0'],
    ["throttling in the shade", good, "throttleAt: 70", "throttleAt: 20", '"device.thermal.throttleAt": must be above'],
    ["a device and devices", good, "device:", "devices: [{ name: orin-nano }]\ndevice:", "give device or devices"],
    ["another version", good, "version: 1", "version: one", 'line 3, "version": Expected'],
    ["what is not YAML", good, "schedule:", "schedule: [", "line \\d+: this is not YAML"],
    ["aliases of aliases", good, "version: 1", `version: 1\nx: ${laughs()}`, "aliases|not YAML|x"]
  ])("%s", (_, text, old, changed, expected) => {
    expect(text).toContain(old)
    const message = messageOf(text.replace(old, changed))
    expect(message).toMatch(new RegExp(expected))
    expect(message).toMatch(/^a\.yaml.*; correct the file and run again\.$/)
  })
})

/** A billion words by aliases of aliases. */
function laughs() {
  const tenfold = Array.from({ length: 8 }, (_, i) => `&a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`)
  return `[&a0 [lol], ${tenfold.join(", ")}]`
}

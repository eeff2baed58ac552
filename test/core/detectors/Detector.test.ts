/** Drift detectors against River 0.26.1 and against indices worked out by hand; and how a policy hears of them. */
import * as Decision from "@edgeol/core/Decision"
import * as Adwin from "@edgeol/core/detectors/Adwin"
import * as Ddm from "@edgeol/core/detectors/Ddm"
import * as Detector from "@edgeol/core/detectors/Detector"
import * as Kswin from "@edgeol/core/detectors/Kswin"
import * as PageHinkley from "@edgeol/core/detectors/PageHinkley"
import type { Observation } from "@edgeol/core/Observation"
import * as Policy from "@edgeol/core/Policy"
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import { anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

/** Where a detector raises the alarm. */
const alarms = <Seen>(detector: Detector.Detector<Seen>, numbers: ReadonlyArray<number>): ReadonlyArray<number> => {
  let seen = detector.initial
  return numbers.flatMap((x, i) => {
    const [next, alarm] = detector.look(seen, x)
    seen = next
    return alarm ? [i] : []
  })
}

const repeat = (value: number, count: number) => Array.from({ length: count }, () => value)

/** Ones in 20, 50 and again 20 % of 300 numbers each, by the linear congruential generator of ANSI C. */
const stream = (seed: number): ReadonlyArray<number> => {
  let state = BigInt(seed)
  return [20, 50, 20].flatMap((percent) =>
    Array.from({ length: 300 }, () => {
      state = (state * 1103515245n + 12345n) % 2n ** 31n
      return Number((state >> 16n) % 100n) < percent ? 1 : 0
    })
  )
}

describe("River 0.26.1 raises the same alarms", () => {
  // binary.DDM(), PageHinkley(mode="up", alpha=1, threshold=10), ADWIN(clock=1, min_window_length=1, grace_period=0) with
  // deltas 0.002 and 0.05; of the last only those at rises, at 300 to 599.
  test.each([
    [1, [339], [324], [355], [339]],
    [2, [321], [294], [407], [333]],
    [3, [369], [316], [429], [328]],
    [7, [328], [303, 450, 537], [436], [387]]
  ])("seed %i", (seed, ddm, pageHinkley, adwin, loose) => {
    const numbers = stream(seed)
    expect(alarms(Ddm.make(), numbers)).toEqual(ddm)
    expect(alarms(PageHinkley.make({ alpha: 1, lambda: 10 }), numbers)).toEqual(pageHinkley)
    expect(alarms(Adwin.make(), numbers)).toEqual(adwin)
    expect(alarms(Adwin.make({ delta: 0.05 }), numbers)).toEqual(loose)
  })
})

describe("by hand", () => {
  test("Page-Hinkley: S = sum of 100 / (100 + j) passes 8 at the ninth one after 100 zeros", () => {
    const test = PageHinkley.make({ alpha: 1, delta: 0, lambda: 8 })
    expect(alarms(test, [...repeat(0, 100), ...repeat(1, 20)])).toEqual([108])
  })

  test("KSWIN: 11 of the newest 30 are more than sqrt(ln 200 / 42) = 0.355, 10 are not", () => {
    expect(alarms(Kswin.make(), [...repeat(0, 100), ...repeat(1, 11)])).toEqual([110])
    expect(alarms(Kswin.make(), [...repeat(1, 100), ...repeat(0, 100)])).toEqual([])
  })

  test("KSWIN: with equal halves of 30 its limit is the paper's sqrt(ln(1 / alpha) / r) = 0.42, which 13 pass", () => {
    const halves = Kswin.make({ window: 60, newest: 30 })
    expect(alarms(halves, [...repeat(0, 60), ...repeat(1, 13)])).toEqual([72])
    expect(alarms(halves, [...repeat(0, 60), ...repeat(1, 12)])).toEqual([])
  })

  test("DDM: an error-free start makes the first error an alarm, not before its minimum", () => {
    expect(alarms(Ddm.make(), [...repeat(0, 40), 1])).toEqual([40])
    expect(alarms(Ddm.make(), [...repeat(0, 20), 1, ...repeat(0, 100)])).toEqual([])
  })
})

describe("ADWIN", () => {
  const after = (numbers: ReadonlyArray<number>) =>
    numbers.reduce((seen, x) => Adwin.make().look(seen, x)[0], Adwin.make().initial).window
  const mean = (window: ReturnType<typeof after>) => {
    const [size, sum] = window.reduce(([n, total], bucket) => [n + bucket.size, total + bucket.sum], [0, 0])
    return sum / size
  }

  test("keeps a stationary stream whole, in a number of buckets that grows with its logarithm", () => {
    const rng = Rng.named(1, "adwin")
    const window = after(Array.from({ length: 5000 }, () => (rng.next() < 0.3 ? 1 : 0)))
    expect(window.reduce((size, bucket) => size + bucket.size, 0)).toBe(5000)
    expect(window.length).toBeLessThanOrEqual(5 * Math.ceil(Math.log2(5000 / 5) + 1))
  })

  test("forgets what was before a fall, in silence", () => {
    const numbers = [...repeat(1, 200), ...repeat(0, 100)]
    expect(alarms(Adwin.make(), numbers)).toEqual([])
    expect(mean(after(numbers))).toBeLessThan(0.1)
  })
})

test("a stationary stream raises few alarms, a jump from 0.2 to 0.7 mostly one within 100 numbers", () => {
  const detectors: ReadonlyArray<Detector.Detector<any>> = [Adwin.make(), Ddm.make(), Kswin.make(), PageHinkley.make()]
  for (const detector of detectors) {
    let [falseAlarms, found] = [0, 0]
    for (let seed = 0; seed < 100; seed++) {
      const rng = Rng.named(seed, "errors")
      const errors = (p: number, count: number) => Array.from({ length: count }, () => (rng.next() < p ? 1 : 0))
      const all = alarms(detector, [...errors(0.2, 160), ...errors(0.7, 100)])
      falseAlarms += all.filter((i) => i < 160).length
      found += all.some((i) => i >= 160) ? 1 : 0
    }
    expect(falseAlarms, detector.name).toBeLessThan(30)
    expect(found, detector.name).toBeGreaterThan(90)
  }
})

describe("a policy", () => {
  const at = seconds(0)
  const batch: Observation = { _tag: "BatchArrived", at, batch: 0, samples: 16 }
  const finished = {
    _tag: "RoundFinished",
    at,
    round: 1,
    batches: 1,
    iterations: 1,
    seconds: at,
    joules: 0
  } as Observation
  const pretested = (accuracy: number): Observation => ({
    _tag: "Pretested",
    at,
    batch: 0,
    samples: 16,
    accuracy,
    loss: 1
  })
  const request = (energy: number): Observation => ({
    _tag: "RequestServed",
    at,
    request: 0,
    arrivedAt: at,
    energy,
    confidence: 1
  })
  const familiar: Observation = {
    _tag: "Validated",
    at,
    samples: 64,
    accuracy: 1,
    loss: 0,
    energyMean: -10,
    energyDeviation: 1
  }

  /** Writes down the sources of the changes that it is told of. */
  const listener = Policy.make<object, ReadonlyArray<string>>({
    name: "listener",
    config: {},
    initial: [],
    decide: (_, heard, { _tag, ...rest }) =>
      _tag === "ScenarioChanged" && "source" in rest
        ? [[...heard, rest.source], Decision.train]
        : [heard, Decision.wait]
  })
  const heard = (detect: ReturnType<typeof Kswin.detect>, history: ReadonlyArray<Observation>) => {
    const policy = detect(listener)
    return history.reduce((state, observation) => policy.decide(state, observation)[0], policy.initial).inner
  }

  test("hears of a model that begins to fail, once, and not of the oracle", () => {
    const calm = Array.from({ length: 8 }, () => pretested(0.875))
    const failing = Array.from({ length: 3 }, () => pretested(0.25))
    expect(heard(Kswin.detect(), calm)).toEqual([])
    expect(heard(Kswin.detect(), [...calm, ...failing])).toEqual(["detector"])
    expect(heard(Kswin.detect(), [{ _tag: "ScenarioChanged", at, source: "oracle" }])).toEqual([])
  })

  test("looks at a batch as if its failures were spread evenly over it", () => {
    const echo: Detector.Detector<ReadonlyArray<number>> = {
      name: "echo",
      config: { of: "errors" },
      initial: [],
      look: (seen, x) => [[...seen, x], false]
    }
    const policy = Detector.detect(echo)(listener)
    const seen = (observation: Observation) => policy.decide(policy.initial, observation)[0].seen
    expect(seen({ ...pretested(0.75), samples: 8 } as Observation)).toEqual([0, 0, 0, 1, 0, 0, 0, 1])
    for (const accuracy of [NaN, Infinity, -1, 2]) expect(seen(pretested(accuracy))).toEqual([])
    const all = fc.property(fc.integer({ min: 0, max: 64 }), fc.nat({ max: 64 }), (samples, pick) => {
      const failed = samples === 0 ? 0 : pick % (samples + 1)
      const numbers = seen({ ...pretested(1 - failed / Math.max(1, samples)), samples } as Observation)
      expect(numbers).toHaveLength(samples)
      expect(numbers.filter((x) => x === 1)).toHaveLength(failed)
    })
    fc.assert(all)
  })

  test("hears of energies on either side of the familiar ones, once those are known", () => {
    const detect = Kswin.detect({ of: "energy", window: 40, newest: 10 })
    const energies = (mean: number, count: number) =>
      Array.from({ length: count }, (_, i) => request(mean + Math.sin(37 * i)))
    expect(heard(detect, [...energies(-10, 40), ...energies(-4, 10)])).toEqual([])
    for (const foreign of [-4, -16]) {
      const history = [familiar, ...energies(-10, 40), request(NaN), ...energies(foreign, 10)]
      expect(heard(detect, history)).toEqual(["detector"])
    }
  })

  test("is given a pretest of each batch, or a validation after each round", () => {
    const asked = (of: "errors" | "energy", observation: Observation) => {
      const policy = Ddm.detect({ of })(listener)
      return policy.decide(policy.initial, observation)[1]
    }
    expect(asked("errors", batch)).toEqual(Decision.pretest)
    expect(asked("errors", finished)).toEqual(Decision.wait)
    expect(asked("energy", batch)).toEqual(Decision.wait)
    expect(asked("energy", finished)).toEqual(Decision.validate)
  })

  test("sees everything that is not about changes as it is", () => {
    const echo = Policy.make<object, ReadonlyArray<Observation>>({
      name: "echo",
      config: {},
      initial: [],
      decide: (_, seen, observation) => [[...seen, observation], Decision.wait]
    })
    const passes = fc.property(anyHistory(), (history) => {
      const through = Adwin.detect({ delta: 0.5 })(echo)
      const { inner } = history.reduce((state, seen) => through.decide(state, seen)[0], through.initial)
      const plain = (seen: ReadonlyArray<Observation>) => seen.filter(({ _tag }) => _tag !== "ScenarioChanged")
      expect(plain(inner)).toEqual(plain(history))
    })
    fc.assert(passes, { numRuns: 100 })
  })
})

/** Small days with whole numbers, so that costs are exact, and every way to spend them. */
import type * as Additive from "@edgeol/sim/optimum/Additive"
import type * as Day from "@edgeol/sim/optimum/Day"
import type * as Exposure from "@edgeol/sim/optimum/Exposure"
import fc from "fast-check"

const anyArrival = (scenes: number): fc.Arbitrary<Day.Arrival> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("batch" as const),
      samples: fc.integer({ min: 0, max: 4 }),
      scene: fc.nat(scenes - 1)
    }),
    fc.record({ kind: fc.constant("request" as const), scene: fc.nat(scenes - 1) })
  )

const anyWay: fc.Arbitrary<Day.Way> = fc.record({
  share: fc.constantFrom(0, 0.25, 0.5, 0.75, 1, 1),
  perSample: fc.oneof(fc.nat(1), fc.nat(12))
})

export interface Size {
  readonly arrivals: number
  readonly ways: number
  readonly scenes?: number
}

const anyDay = ({ arrivals, ways, scenes = 2 }: Size): fc.Arbitrary<Day.Day> =>
  fc.record({
    arrivals: fc.array(anyArrival(scenes), { minLength: 1, maxLength: arrivals, size: "max" }),
    ways: fc.array(anyWay, { minLength: 1, maxLength: ways, size: "max" }),
    fixed: fc.oneof(fc.nat(2), fc.nat(30)),
    price: fc.integer({ min: 0, max: 6 })
  })

/** Gains of fractions of 16. */
export const anyProblem = (size: Size): fc.Arbitrary<Additive.Problem> =>
  fc
    .tuple(anyDay(size), fc.array(fc.nat(64), { minLength: size.arrivals, maxLength: size.arrivals }))
    .map(([day, sixteenths]) => ({
      ...day,
      gains: sixteenths.slice(0, day.arrivals.filter(({ kind }) => kind === "batch").length).map((g) => g / 16)
    }))

/** Falls from a level in two straight pieces, the first one steeper. */
const anyCurve = fc
  .tuple(fc.nat(8), fc.nat(8), fc.nat(8), fc.integer({ min: 1, max: 8 }))
  .map(([floor, slow, steep, until]) => (x: number) => {
    const [near, far] = [Math.max(0, until - x), Math.max(0, 16 - x)]
    return (floor + slow * (far / 16) + steep * (near / 8)) / 32
  })

/** Curves of falls that are fractions of 32. */
export const anyCurved = (size: Size): fc.Arbitrary<Exposure.Problem> =>
  fc.tuple(anyDay(size), fc.tuple(anyCurve, anyCurve)).map(([day, curves]) => ({
    ...day,
    price: 16 * day.price,
    wrong: (scene, exposure) => curves[scene % 2]!(exposure)
  }))

/** Every schedule of a day, and some that make no sense: before each arrival and at the end, no round or one of a way. */
export function* schedules(day: Day.Day, from = 0, waiting = 0): Generator<ReadonlyArray<Day.Round>> {
  if (from > day.arrivals.length) return yield []
  const arrival = day.arrivals[from]
  const more = arrival?.kind === "batch" ? arrival.samples : 0
  for (const rest of schedules(day, from + 1, waiting + more)) yield rest
  for (const { share, perSample } of day.ways) {
    const round = { began: from, serves: from, share, compute: perSample * waiting }
    for (const rest of schedules(day, from + 1, more)) yield [round, ...rest]
  }
}

/** What somebody without a plan does: begins a round at random, of mixed ways or `pure`, that takes a random time. */
export const anySchedule = (day: Day.Day, pure = false): fc.Arbitrary<ReadonlyArray<Day.Round>> => {
  const only = fc.nat(day.ways.length - 1).map((way) => day.ways.map((_, i) => (i === way ? 1 : 0)))
  const mixed = fc.array(fc.nat(4), { minLength: day.ways.length, maxLength: day.ways.length })
  return fc
    .array(fc.record({ pause: fc.nat(6), takes: fc.nat(3), mix: pure ? only : mixed }), {
      maxLength: day.arrivals.length
    })
    .map((drawn) => follow(day, drawn))
}

interface Drawn {
  readonly pause: number
  readonly takes: number
  /** Weights of the ways. */
  readonly mix: ReadonlyArray<number>
}

const follow = ({ arrivals, ways }: Day.Day, drawn: ReadonlyArray<Drawn>): ReadonlyArray<Day.Round> => {
  const rounds: Array<Day.Round> = []
  let [position, learnt] = [0, 0]
  for (const { pause, takes, mix } of drawn) {
    const began = position + pause
    if (began > arrivals.length) break
    const samples = arrivals.slice(learnt, began).reduce((sum, it) => sum + (it.kind === "batch" ? it.samples : 0), 0)
    const all = mix.reduce((sum, weight) => sum + weight, 0)
    const mean = (of: (way: Day.Way) => number) => ways.reduce((sum, way, i) => sum + (mix[i]! * of(way)) / all, 0)
    if (all === 0) break
    const serves = Math.min(arrivals.length, began + takes)
    rounds.push({ began, serves, share: mean(({ share }) => share), compute: samples * mean((way) => way.perSample) })
    ;[position, learnt] = [serves, began]
  }
  return rounds
}

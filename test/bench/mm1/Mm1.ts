/** M/M/1 over the event engine: one server, first come first served; and what is known of it. */
import * as Rng from "@edgeol/core/Rng"
import * as EventQueue from "@edgeol/sim/EventQueue"

/** Customers a second that come, and that a busy server serves. */
export interface Load {
  readonly arrivals: number
  readonly services: number
  readonly seed: number
}

/** Seconds from one customer to the next, drawn as a scenario draws its requests. */
export const gaps = ({ arrivals, seed }: Load): (() => number) => exponentials("arrivals/requests/1", seed, arrivals)

/** Seconds that a customer is served. */
export const services = ({ services: rate, seed }: Load): (() => number) => exponentials("service", seed, rate)

/** By the processor's own logarithm, as SimPy's users take Python's; the simulator's may differ in the last place. */
const exponentials = (name: string, seed: number, rate: number) => {
  const { next } = Rng.named(seed, name)
  return () => -Math.log(1 - next()) / rate
}

/** Mean seconds in the system of so many customers. */
export const run = (load: Load, customers: number): number => {
  const gap = gaps(load)
  const time = services(load)
  const queue = EventQueue.make()
  const line = makeLine()
  let [came, total] = [0, 0]
  const arrive = () => {
    if (came++ < customers) EventQueue.push(queue, queue.at + gap(), EventQueue.arrival, arrival)
  }
  const serve = () => EventQueue.push(queue, queue.at + time(), EventQueue.outcome, departure)
  arrive()
  while (EventQueue.next(queue)) {
    if (queue.what === arrival) {
      enter(line, queue.at)
      arrive()
      if (line.last - line.first === 1) serve()
    } else {
      total += queue.at - leave(line)
      if (line.last > line.first) serve()
    }
  }
  return total / customers
}

const arrival = 0
const departure = 1

/** When those in the system came, in a ring whose length is a power of two. */
interface Line {
  first: number
  last: number
  times: Float64Array
}

const makeLine = (): Line => ({ first: 0, last: 0, times: new Float64Array(64) })

const enter = (line: Line, at: number): void => {
  const length = line.times.length
  if (line.last - line.first === length) {
    const longer = new Float64Array(2 * length)
    for (let i = line.first; i < line.last; i++) longer[i & (2 * length - 1)] = line.times[i & (length - 1)]!
    line.times = longer
  }
  line.times[line.last++ & (line.times.length - 1)] = at
}

const leave = (line: Line): number => line.times[line.first++ & (line.times.length - 1)]!

/** Mean time in the system, `1 / (μ − λ)`. */
export const mean = ({ arrivals, services }: Load): number => 1 / (services - arrivals)

/**
 * Standard deviation of the mean time in the system over many customers in a row, which depend on each other:
 * `√(ρ (2 + 5ρ − 4ρ² + ρ³) / n) / (μ (1 − ρ)²)` (Daley, Stochastic Processes and their Applications, 1968, waiting
 * times; the service times on top add little).
 */
export const deviation = ({ arrivals, services }: Load, customers: number): number => {
  const r = arrivals / services
  return Math.sqrt((r * (2 + 5 * r - 4 * r * r + r * r * r)) / customers) / (services * (1 - r) ** 2)
}

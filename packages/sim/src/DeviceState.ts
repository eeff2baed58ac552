/**
 * A device as it runs: power modes change, it warms up and slows down, its battery empties. What it tells are the `pace`
 * and `energy` of a simulated world; both are for one run.
 *
 * Assumes one thermal resistance and capacity, `C dT/dt = P - (T - ambient) / R`, integrated by implicit steps from one
 * reading of the meter to the next, and that a change of mode takes effect at the first activity or reading after its
 * time. Throttling multiplies all speeds.
 */
import { type Activity, activities } from "@edgeol/core/Ledger"
import { type Energy, lowest, type Pace, place } from "./internal/Accounts.ts"
import type { Timeline } from "./Timeline.ts"

/** What a power mode does from its time on: seconds by activity relative to the cost model's, and watts. */
export interface Mode {
  readonly at: number
  readonly slowness: number
  readonly watts: { readonly [A in Activity]: number }
}

/** K/W, J/K, °C. */
export interface Thermal {
  readonly resistance: number
  readonly capacity: number
  readonly ambient: number
  readonly throttleAt: number
  readonly factor: number
}

export interface Options {
  /** In order of time; the first is there from the start. */
  readonly modes: readonly [Mode, ...ReadonlyArray<Mode>]
  readonly thermal?: Thermal | undefined
  /** Joules in the battery. */
  readonly battery?: number | undefined
  /** Draws how long a request takes, s, where its cost model does not say it. */
  readonly service?: (() => number) | undefined
}

export interface DeviceState {
  readonly pace: Pace
  readonly energy: Energy
  /** °C; of a device without a thermal model its ambient is not known. */
  readonly temperature: () => number
  /** Whether joules are left. */
  readonly alive: () => boolean
}

/** A bit for each activity. */
const all = (1 << activities.length) - 1

export const make = ({ modes, thermal, battery = Infinity, service }: Options): DeviceState => {
  const drawn = modes.map(({ watts }) => Float64Array.from(activities, (activity) => watts[activity]))
  const seen = new Float64Array(activities.length)
  let [mode, last, total, temperature] = [0, 0, 0, thermal?.ambient ?? NaN]
  const switchTo = (at: number) => {
    while (mode + 1 < modes.length && modes[mode + 1]!.at <= at) mode += 1
  }
  const warm = (of: Thermal, joules: number, at: number) => {
    const rate = (at - last) / (of.resistance * of.capacity)
    temperature = (temperature + joules / of.capacity + rate * of.ambient) / (1 + rate)
  }
  return {
    pace(activity, nominal, at) {
      switchTo(at)
      const throttled = thermal !== undefined && temperature >= thermal.throttleAt ? 1 / thermal.factor : 1
      const asked = activity === place.inference && service !== undefined ? service() : nominal
      return asked * modes[mode]!.slowness * throttled
    },
    energy(seconds, at, touched = -1) {
      const watts = drawn[mode]!
      let joules = 0
      for (let left = touched & all; left !== 0; left &= left - 1) {
        const i = lowest(left)
        joules += (seconds[i]! - seen[i]!) * watts[i]!
        seen[i] = seconds[i]!
      }
      total += joules
      if (thermal !== undefined) warm(thermal, joules, at)
      last = at
      switchTo(at)
      return total
    },
    temperature: () => temperature,
    alive: () => total < battery
  }
}

/** A timeline that ends when its device does. */
export const whileAlive = (timeline: Timeline, { alive }: DeviceState): Timeline => ({
  next: () => alive() && timeline.next(),
  get at() {
    return timeline.at
  },
  get kind() {
    return timeline.kind
  },
  get id() {
    return timeline.id
  },
  get samples() {
    return timeline.samples
  },
  get validation() {
    return timeline.validation
  },
  get scene() {
    return timeline.scene
  }
})

/** Which power mode to profile next. */
import * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Mode from "@edgeol/sim/cost/Mode"

export interface Candidate {
  readonly name: string
  readonly mode: Mode.Mode
}

/** With fewer modes profiled, intervals rest on what is usual and say nothing about this board. */
const fewest = 5

/** The mode least like those profiled; once intervals mean something, the one where they are widest. */
export const next = (
  profiled: ReadonlyArray<Mode.Observation>,
  left: ReadonlyArray<Candidate>
): Candidate | undefined => {
  if (profiled.length < fewest) return largest(left, ({ mode }) => distance(mode, profiled))
  const fit = CostFit.fit(profiled)
  return largest(left, ({ mode }) => {
    const { time, power } = CostFit.predict(fit, mode)
    return Math.log(time.high / time.low) + Math.log(power.high / power.low)
  })
}

const distance = (mode: Mode.Mode, profiled: ReadonlyArray<Mode.Observation>) =>
  Math.min(
    ...profiled.map((seen) => {
      const other = Mode.features(seen.mode)
      return Math.hypot(...Mode.features(mode).map((value, i) => value - other[i]!))
    })
  )

const largest = <A>(all: ReadonlyArray<A>, of: (one: A) => number): A | undefined => {
  const scores = all.map(of)
  return all[scores.indexOf(Math.max(...scores))]
}

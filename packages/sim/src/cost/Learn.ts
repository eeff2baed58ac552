/** How well a table's unseen modes are predicted from some profiled ones. */
import * as Rng from "@edgeol/core/Rng"
import * as Active from "./Active.ts"
import * as CostFit from "./CostFit.ts"
import * as Decision from "./Decision.ts"
import type { Observation } from "./Mode.ts"
import * as Score from "./Score.ts"

/** Where it tells most about all modes, at random, or where the cheapest mode within so many seconds is in doubt. */
export type Choice = "active" | "random" | { readonly within: number }

export interface Figures extends Score.Scores {
  readonly coverage90: number
  readonly width90: number
  readonly coverage50: number
  readonly width50: number
}

export interface Learned {
  readonly fit: CostFit.CostFit
  /** Places of the profiled modes. */
  readonly profiled: ReadonlyArray<number>
}

/** Profiles `count` modes, chosen with `seed`, and fits them. */
export const learn = (
  observations: ReadonlyArray<Observation>,
  count: number,
  seed: number,
  choice: Choice,
  options: CostFit.Options = {}
): Learned => {
  const profiled = choose(observations, count, seed, choice)
  return {
    profiled,
    fit: CostFit.fit(
      profiled.map((i) => observations[i]!),
      { seed, ...options }
    )
  }
}

const choose = (observations: ReadonlyArray<Observation>, count: number, seed: number, choice: Choice) =>
  choice === "random"
    ? Array.from(Rng.named(seed, "profile").permutation(observations.length)).slice(0, count)
    : Active.choose(
        observations.map(({ mode }) => mode),
        (i) => observations[i]!,
        { count, seed, ...(choice === "active" ? {} : choice) }
      )

/** Figures over the modes that were not profiled. */
export const judge = ({ fit, profiled }: Learned, observations: ReadonlyArray<Observation>) => {
  const used = new Set(profiled)
  return figures(
    fit,
    observations.filter((_, i) => !used.has(i))
  )
}

export const figures = (fit: CostFit.CostFit, unseen: ReadonlyArray<Observation>) => {
  const all = ({ predict }: CostFit.Predictor) => unseen.map(({ mode }) => predict(mode))
  const wide = all(CostFit.predictor(fit, 0.9))
  const half = all(CostFit.predictor(fit, 0.5))
  const of = (quantity: "time" | "power"): Figures => {
    const measured = unseen.map((one) => one[quantity])
    const outer = Score.covered(
      wide.map((one) => one[quantity]),
      measured
    )
    const inner = Score.covered(
      half.map((one) => one[quantity]),
      measured
    )
    return {
      ...Score.errors(
        wide.map((one) => one[quantity].value),
        measured
      ),
      coverage90: outer.coverage,
      width90: outer.width,
      coverage50: inner.coverage,
      width50: inner.width
    }
  }
  return { time: of("time"), power: of("power") }
}

/** What comes of choosing the cheapest mode within a bound by a fit. */
export const decide = (
  fit: CostFit.CostFit,
  observations: ReadonlyArray<Observation>,
  within: number
): Decision.Outcome => {
  const { point } = CostFit.predictor(fit)
  return Decision.outcome(
    observations.map(({ mode }) => point(mode)),
    observations,
    within
  )
}

/** Means over runs. */
export const averaged = (runs: ReadonlyArray<Figures>): Figures => {
  const mean = (name: keyof Figures) => Score.average(runs.map((run) => run[name]))
  return {
    mape: mean("mape"),
    bias: mean("bias"),
    p90: mean("p90"),
    coverage90: mean("coverage90"),
    width90: mean("width90"),
    coverage50: mean("coverage50"),
    width50: mean("width50")
  }
}

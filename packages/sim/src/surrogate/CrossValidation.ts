/** How well a fit foretells runs that it was not made of: whole seeds are left out, a few at a time. */
import * as Accuracy from "./Accuracy.ts"
import * as AccuracyFit from "./AccuracyFit.ts"
import * as Recording from "./Recording.ts"
import type { Body } from "./Surrogate.ts"
import * as TwinFit from "./TwinFit.ts"

/** Times that some seeds are left out. */
export const folds = 4

/** Fits without some seeds; then foretells their runs, from the other runs of the seed and from its start alone. */
export const judge = (
  recordings: ReadonlyArray<Recording.Recording>,
  onFold: (done: number) => void
): Body["heldOut"] => {
  const seeds = [...new Set(recordings.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  const runs: Array<number> = []
  const alone: Array<number> = []
  const parts = seeds.length < 2 ? 0 : Math.min(folds, seeds.length)
  for (let fold = 0; fold < parts; fold++) {
    const left = new Set(seeds.filter((_, i) => i % parts === fold))
    const { shared, spread } = AccuracyFit.fit(
      recordings.filter(({ seed }) => !left.has(seed)),
      { sweeps: 5 }
    )
    const error = (known: ReadonlyArray<Recording.Recording>, of: Recording.Recording) =>
      Accuracy.foretell(Accuracy.model(shared, TwinFit.twinOf(shared, spread, known).twin), of) - Recording.accuracy(of)
    for (const one of recordings.filter(({ seed }) => left.has(seed))) {
      const others = recordings.filter((other) => other.seed === one.seed && other !== one)
      if (others.length > 0) runs.push(error(others, one))
      alone.push(error([Recording.start(one)], one))
    }
    onFold(fold + 1)
  }
  return { runs: errors(runs), seeds: errors(alone) }
}

/** Of errors of mean accuracies. */
export const errors = (values: ReadonlyArray<number>): Body["heldOut"]["runs"] => {
  const sizes = values.map(Math.abs).toSorted((a, b) => a - b)
  const at = (q: number) => sizes[Math.max(0, Math.ceil(q * sizes.length) - 1)] ?? 0
  return {
    runs: values.length,
    median: at(0.5),
    p90: at(0.9),
    bias: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  }
}

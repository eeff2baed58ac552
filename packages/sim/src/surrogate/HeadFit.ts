/** Makes a head's surrogate of recorded runs, and judges it by leaving out whole seeds. */
import * as Accuracy from "./Accuracy.ts"
import * as AccuracyFit from "./AccuracyFit.ts"
import * as CrossValidation from "./CrossValidation.ts"
import * as FeelingFit from "./FeelingFit.ts"
import * as Fit from "./Fit.ts"
import * as Head from "./Head.ts"
import * as NoiseFit from "./NoiseFit.ts"
import * as Recording from "./Recording.ts"
import * as TwinFit from "./TwinFit.ts"

/** What it says of a fit besides its numbers. */
export type About = Pick<Head.Body, "stream" | "experiment" | "scenes"> & {
  readonly provenance: Pick<Head.Body["provenance"], "tapes" | "versions">
}

/** Of recordings with two kinds of steps, as in `Head`. */
export const fit = (recordings: ReadonlyArray<Recording.Recording>, about: About): Head.Head => {
  const { shared, spread, twins } = AccuracyFit.fit(recordings)
  const seeds = [...twins.keys()].toSorted((a, b) => a - b)
  return Head.make(
    Fit.rounded({
      version: Head.version,
      ...about,
      provenance: {
        ...about.provenance,
        runs: recordings.length,
        policies: [...new Set(recordings.map(({ policy }) => policy))],
        seeds
      },
      range: rangeOf(recordings),
      accuracy: shared,
      noise: NoiseFit.fit(recordings, (seed) => twins.get(seed)!.twin, shared),
      fresh: freshOf(recordings, (seed) => Accuracy.model(shared, twins.get(seed)!.twin)),
      twins: seeds.map((seed) => ({ seed, ...Fit.described(twins.get(seed)!) })),
      spread,
      heldOut: judge(recordings)
    })
  )
}

/** The twin of a seed that was not fitted on, from what was recorded of its head. */
export const twinOf = ({ body }: Head.Head, recordings: ReadonlyArray<Recording.Recording>): Head.Twin => ({
  seed: recordings[0]!.seed,
  ...Fit.described(TwinFit.twinOf(body.accuracy, body.spread, recordings))
})

const rangeOf = (recordings: ReadonlyArray<Recording.Recording>): Head.Body["range"] => {
  const steps = (of: number) =>
    recordings.map(({ rounds }) => rounds.flatMap(({ depths }) => depths).filter((kind) => kind === of).length)
  return { batches: Math.max(...steps(Head.adapting)), steps: Math.max(...steps(Head.deep)) }
}

/** How a head does on batches that it is about to learn, against what is expected of it in their scenes. */
const freshOf = (
  recordings: ReadonlyArray<Recording.Recording>,
  modelOf: (seed: number) => ReturnType<typeof Accuracy.model>
): Head.Body["fresh"] => {
  const rows = recordings.flatMap((one) => {
    const sights = one.pretested.map(({ version, batches }) => ({
      version,
      scene: batches[0]!.scene,
      accuracy: 0,
      requests: 0
    }))
    const expected = new Float64Array(sights.length)
    Accuracy.replay(modelOf(one.seed), { ...one, sights }, expected, 0)
    return one.pretested.map(({ accuracy, batches }, i) => ({ x: expected[i]!, y: accuracy, n: batches[0]!.samples }))
  })
  const line = FeelingFit.linear(
    rows.map(({ x }) => [1, x]),
    rows.map(({ y }) => y)
  )
  const at = (x: number) => Math.min(0.97, Math.max(0.03, line[0]! + line[1]! * x))
  const squares = rows.reduce((sum, { x, y, n }) => sum + (n * (y - at(x)) ** 2) / (at(x) * (1 - at(x))), 0)
  return { line, deviation: Math.sqrt(squares / rows.length) }
}

const folds = 4

/** Errors of mean accuracy, of seeds that were left out a few at a time. */
const judge = (recordings: ReadonlyArray<Recording.Recording>): Head.Body["heldOut"] => {
  const seeds = [...new Set(recordings.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  const parts = seeds.length < 2 ? 0 : Math.min(folds, seeds.length)
  const errors = Array.from({ length: parts }, (_, fold) => {
    const left = new Set(seeds.filter((_seed, i) => i % parts === fold))
    const { shared } = AccuracyFit.fit(
      recordings.filter(({ seed }) => !left.has(seed)),
      { sweeps: 5 }
    )
    const plain = Accuracy.model(shared, new Float64Array(Accuracy.twinLength(shared.start.length)))
    return recordings
      .filter(({ seed }) => left.has(seed))
      .map((one) => Accuracy.foretell(plain, one) - Recording.accuracy(one))
  })
  return CrossValidation.errors(errors.flat())
}

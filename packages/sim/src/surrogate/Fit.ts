/** Makes a surrogate of recorded runs, deterministically, and judges it by leaving out runs and whole seeds. */
import * as Cholesky from "../cost/Cholesky.ts"
import * as Accuracy from "./Accuracy.ts"
import * as AccuracyFit from "./AccuracyFit.ts"
import * as CrossValidation from "./CrossValidation.ts"
import * as FeelingFit from "./FeelingFit.ts"
import * as JudgementFit from "./JudgementFit.ts"
import * as NoiseFit from "./NoiseFit.ts"
import type * as Recording from "./Recording.ts"
import * as SimilarityFit from "./SimilarityFit.ts"
import * as Surrogate from "./Surrogate.ts"
import * as TwinFit from "./TwinFit.ts"

/** What a surrogate says of a fit besides its numbers. */
export type About = Pick<Surrogate.Body, "stream" | "experiment" | "units" | "scenes" | "batchSize" | "epochs"> & {
  readonly provenance: Omit<Surrogate.Body["provenance"], "runs" | "seeds">
}

/** `onProgress` is told the share that is done. */
export const fit = (
  recordings: ReadonlyArray<Recording.Recording>,
  about: About,
  onProgress: (done: number) => void = () => {}
): Surrogate.Surrogate => {
  const tell = (part: number) => onProgress(part / (CrossValidation.folds + 2))
  const accuracy = AccuracyFit.fit(recordings)
  tell(1)
  const { shared, spread } = accuracy
  const modelOf = (seed: number) => Accuracy.model(shared, accuracy.twins.get(seed)!.twin)
  const feelings = FeelingFit.fit(recordings, shared.speed)
  const similarity = SimilarityFit.fit(recordings)
  const seeds = [...accuracy.twins.keys()].toSorted((a, b) => a - b)
  const stepsOf = (samples: number) => Math.ceil(samples / about.batchSize) * about.epochs
  tell(2)
  const heldOut = CrossValidation.judge(recordings, (fold) => tell(2 + fold))
  return Surrogate.make(
    rounded({
      version: Surrogate.version,
      ...about,
      provenance: { ...about.provenance, runs: recordings.length, seeds },
      range: rangeOf(recordings),
      accuracy: shared,
      spread,
      noise: NoiseFit.fit(recordings, (seed) => accuracy.twins.get(seed)!.twin, shared),
      energies: feelings.energies,
      similarity: similarity.similarity,
      judgement: JudgementFit.fit(recordings, modelOf, stepsOf),
      twins: seeds.map((seed) => ({
        seed,
        ...described(accuracy.twins.get(seed)!),
        energy: feelings.twins.get(seed)!,
        similarity: similarity.twins.get(seed)!
      })),
      heldOut
    })
  )
}

/** A twin with the lower factor of its covariance, row by row. */
export const described = ({ twin, covariance }: TwinFit.TwinFit) => {
  const n = twin.length
  const lower = Cholesky.factor(covariance, n) ?? new Float64Array(n * n)
  return { accuracy: twin, factor: twin.flatMap((_, i) => Array.from(lower.subarray(i * n, i * n + i + 1))) }
}

/**
 * The twin of a seed that was not fitted on, from what was recorded of it: at least its model as deployed, judged on all
 * scenes; runs say more.
 */
export const twinOf = (
  { body }: Surrogate.Surrogate,
  recordings: ReadonlyArray<Recording.Recording>
): Surrogate.Twin => {
  const others = body.scenes.map(
    (_, j) => body.twins.reduce((sum, { energy }) => sum + energy[1 + j]!, 0) / body.twins.length
  )
  return {
    seed: recordings[0]!.seed,
    ...described(TwinFit.twinOf(body.accuracy, body.spread, recordings)),
    energy: FeelingFit.twinOf(body.energies, body.accuracy.speed, others, recordings),
    similarity: SimilarityFit.twinOf(body.similarity, recordings)
  }
}

const rangeOf = (recordings: ReadonlyArray<Recording.Recording>): Surrogate.Body["range"] => {
  const rounds = recordings.flatMap((one) => one.rounds)
  const most = (values: ReadonlyArray<number>) => values.reduce((a, b) => Math.max(a, b), 0)
  return {
    steps: most(recordings.map((one) => one.rounds.reduce((sum, { depths }) => sum + depths.length, 0))),
    batches: most(rounds.map(({ batches }) => batches.length)),
    depth: most(rounds.flatMap(({ depths }) => depths))
  }
}

/** Six digits: more would be noise, and differ between machines. */
export const rounded = <Body>(body: Body): Body =>
  JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === "number" ? Number(value.toPrecision(6)) : value
  ) as Body

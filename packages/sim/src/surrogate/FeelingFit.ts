/**
 * How the free energy of a scene moves as steps are learnt: towards one level while the scene is learnt and towards
 * another while others are. Levels are shared by all seeds up to an offset of each; where a seed starts is its own.
 */
import * as Dynamics from "./Dynamics.ts"
import * as Levenberg from "./Levenberg.ts"
import type { Feeling, Recording } from "./Recording.ts"

export interface Energies {
  /** Share of the way that a step goes, on the scene and on others. */
  readonly approach: number
  readonly leave: number
  /** Levels, by scene. */
  readonly within: ReadonlyArray<number>
  readonly without: ReadonlyArray<number>
  /** Deviation over a scene's samples, `d₀ + d₁ |E|`, and mean confidence, `c₀ + c₁ accuracy + c₂ |E|`. */
  readonly deviation: ReadonlyArray<number>
  readonly confidence: ReadonlyArray<number>
  /** Standard deviation of a model's energy about this, relative to its size. */
  readonly noise: number
}

/** A seed's own: offset of its levels, then where each scene starts. */
export type Twin = ReadonlyArray<number>

/** One step. Nothing is allocated. */
export const step = (
  { approach, leave, within, without }: Energies,
  offset: number,
  energy: Float64Array,
  shares: Float64Array,
  speed: number
): void => {
  for (let j = 0; j < energy.length; j++) {
    const own = Math.min(1, speed * shares[j]! * approach)
    const others = Math.min(1, speed * (1 - shares[j]!) * leave)
    energy[j]! += own * (within[j]! + offset - energy[j]!) + others * (without[j]! + offset - energy[j]!)
  }
}

const replay = (
  energies: Energies,
  speed: ReadonlyArray<number>,
  twin: Twin,
  { rounds, feelings, scenes }: Recording,
  see: (expected: number, feeling: Feeling) => void
): void => {
  const byVersion = grouped(feelings)
  const energy = Float64Array.from({ length: scenes }, (_, j) => twin[1 + j]!)
  const shares = new Float64Array(scenes)
  for (let version = 0; version <= rounds.length; version++) {
    for (const feeling of byVersion.get(version) ?? []) see(energy[feeling.scene]!, feeling)
    const round = rounds[version]
    if (round === undefined) break
    Dynamics.sharesOf(round.batches, shares)
    for (const depth of round.depths) step(energies, twin[0]!, energy, shares, speed[depth]!)
  }
}

const groups = new WeakMap<Recording["feelings"], ReadonlyMap<number, ReadonlyArray<Feeling>>>()

const grouped = (feelings: Recording["feelings"]): ReadonlyMap<number, ReadonlyArray<Feeling>> => {
  const known = groups.get(feelings) ?? Map.groupBy(feelings, ({ version }) => version)
  groups.set(feelings, known)
  return known
}

/** Where a seed starts: as it was seen before the first round, or as others do. */
export const startOf = (recordings: ReadonlyArray<Recording>, others: ReadonlyArray<number>): ReadonlyArray<number> =>
  others.map((other, scene) => {
    const seen = recordings.flatMap(({ feelings }) =>
      feelings.filter((feeling) => feeling.version === 0 && feeling.scene === scene)
    )
    return seen.length === 0 ? other : mean(seen.map(({ energyMean }) => energyMean))
  })

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The twin of a seed from its runs. The offset is drawn to 0 as by one more observation of a hundred. */
export const twinOf = (
  energies: Energies,
  speed: ReadonlyArray<number>,
  others: ReadonlyArray<number>,
  recordings: ReadonlyArray<Recording>
): Twin => {
  const start = startOf(recordings, others)
  const residuals = (at: Float64Array) => {
    const out: Array<number> = [at[0]! * 0.5]
    for (const one of recordings) {
      replay(energies, speed, [at[0]!, ...start], one, (expected, { energyMean, version }) => {
        if (version > 0) out.push((expected - energyMean) / Math.sqrt(recordings.length * 20))
      })
    }
    return Float64Array.from(out)
  }
  return [Levenberg.fit(residuals, new Float64Array(1), 10).at[0]!, ...start]
}

export const fit = (
  recordings: ReadonlyArray<Recording>,
  speed: ReadonlyArray<number>
): { readonly energies: Energies; readonly twins: ReadonlyMap<number, Twin> } => {
  const { scenes } = recordings[0]!
  const seeds = Map.groupBy(recordings, ({ seed }) => seed)
  const every = recordings.flatMap(({ feelings }) => feelings)
  const level = Array.from({ length: scenes }, (_, j) =>
    mean(every.filter(({ scene }) => scene === j).map(({ energyMean }) => energyMean))
  )
  const related = about(recordings)
  const unpack = (at: Float64Array): Energies => ({
    approach: Math.exp(at[0]!),
    leave: Math.exp(at[1]!),
    within: Array.from(at.subarray(2, 2 + scenes)),
    without: Array.from(at.subarray(2 + scenes)),
    ...related,
    noise: 0
  })
  let twins = new Map([...seeds].map(([seed, own]) => [seed, [0, ...startOf(own, level)] as Twin]))
  let at: Float64Array = Float64Array.from([Math.log(0.03), Math.log(0.01), ...level, ...level])
  for (let sweep = 0; sweep < 4; sweep++) {
    const residuals = (place: Float64Array) => {
      const energies = unpack(place)
      const out: Array<number> = []
      for (const one of recordings) {
        replay(energies, speed, twins.get(one.seed)!, one, (expected, { energyMean, version }) => {
          if (version > 0) out.push(expected - energyMean)
        })
      }
      for (const [k, value] of place.entries()) out.push(k < 2 ? value + 4 : 0.3 * (value - level[(k - 2) % scenes]!))
      return Float64Array.from(out)
    }
    at = Levenberg.fit(residuals, at, sweep === 0 ? 15 : 4).at
    const energies = unpack(at)
    twins = new Map([...seeds].map(([seed, own]) => [seed, twinOf(energies, speed, level, own)]))
  }
  const energies = unpack(at)
  return { energies: { ...energies, noise: noiseOf(energies, speed, twins, recordings) }, twins }
}

const noiseOf = (
  energies: Energies,
  speed: ReadonlyArray<number>,
  twins: ReadonlyMap<number, Twin>,
  recordings: ReadonlyArray<Recording>
): number => {
  let [squares, count] = [0, 0]
  for (const one of recordings) {
    replay(energies, speed, twins.get(one.seed)!, one, (expected, { energyMean, version }) => {
      if (version === 0) return
      squares += ((energyMean - expected) / Math.max(1, Math.abs(expected))) ** 2
      count += 1
    })
  }
  return Math.sqrt(squares / count)
}

/** What goes with energy and accuracy: linear least squares over all models and scenes. */
const about = (recordings: ReadonlyArray<Recording>): Pick<Energies, "deviation" | "confidence"> => {
  const rows = recordings.flatMap(({ feelings, sights }) => {
    const known = new Map(sights.map(({ version, scene, accuracy }) => [`${version}/${scene}`, accuracy]))
    return feelings.flatMap((feeling) => {
      const accuracy = known.get(`${feeling.version}/${feeling.scene}`)
      return accuracy === undefined ? [] : [{ ...feeling, accuracy, size: Math.abs(feeling.energyMean) }]
    })
  })
  return {
    deviation: linear(
      rows.map(({ size }) => [1, size]),
      rows.map(({ energyDeviation }) => energyDeviation)
    ),
    confidence: linear(
      rows.map(({ accuracy, size }) => [1, accuracy, size]),
      rows.map(({ confidence }) => confidence)
    )
  }
}

/** Coefficients of linear least squares. */
export const linear = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  observed: ReadonlyArray<number>
): ReadonlyArray<number> => {
  const residuals = (at: Float64Array) =>
    Float64Array.from(rows, (row, i) => row.reduce((sum, x, k) => sum + x * at[k]!, -observed[i]!))
  return Array.from(Levenberg.fit(residuals, new Float64Array(rows[0]?.length ?? 0), 8).at)
}

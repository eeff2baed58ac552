/** What a seed's models come to: what all seeds share, moved by what is the seed's own. */
import * as Dynamics from "./Dynamics.ts"
import type { Recording } from "./Recording.ts"

/** What all seeds share. `cross` is as in `Dynamics`. */
export interface Shared {
  readonly learn: number
  readonly square: number
  readonly forget: number
  readonly drift: number
  readonly lack: ReadonlyArray<number>
  readonly few: number
  readonly speed: ReadonlyArray<number>
  readonly reach: ReadonlyArray<number>
  readonly narrow: ReadonlyArray<number>
  readonly start: ReadonlyArray<number>
  readonly ceiling: ReadonlyArray<number>
  readonly cross: ReadonlyArray<number>
}

/** A seed's own, as differences: logarithm of speed, all ceilings, then start, ceiling and cross of each scene. */
export type Twin = ReadonlyArray<number>

export const twinLength = (scenes: number): number => common + kinds * scenes

/** Numbers that a twin has once, and for each scene. */
export const common = 2
export const kinds = 3

export const model = (shared: Shared, twin: ArrayLike<number>): Dynamics.Model => {
  const scenes = shared.start.length
  const pace = Math.exp(twin[0]!)
  const own = (kind: number, scene: number) => twin[common + kinds * scene + kind]!
  return {
    scenes,
    start: Float64Array.from(shared.start, (value, j) => value + own(0, j)),
    ceiling: Float64Array.from(shared.ceiling, (value, j) => value + twin[1]! + own(1, j)),
    cross: Float64Array.from(shared.cross, (value, i) => value + own(2, Math.floor(i / scenes))),
    learn: shared.learn,
    square: shared.square,
    forget: shared.forget,
    drift: shared.drift,
    lack: Float64Array.from(shared.lack),
    few: shared.few,
    speed: Float64Array.from(shared.speed, (value) => value * pace),
    reach: Float64Array.from(shared.reach),
    narrow: Float64Array.from(shared.narrow)
  }
}

/** The accuracy of every sight of a recording, by the model. */
export const replay = (model: Dynamics.Model, { rounds, sights }: Recording, out: Float64Array, from: number): void => {
  const state = Dynamics.begin(model)
  const shares = new Float64Array(model.scenes)
  const aims = new Float64Array(model.scenes)
  const order = ordered(sights)
  let next = 0
  for (let version = 0; version <= rounds.length; version++) {
    for (; next < order.length && sights[order[next]!]!.version === version; next++) {
      out[from + order[next]!] = Dynamics.accuracy(model, state, sights[order[next]!]!.scene)
    }
    const round = rounds[version]
    if (round === undefined) break
    Dynamics.sharesOf(round.batches, shares)
    Dynamics.aim(model, shares, aims)
    const width = Dynamics.width(model, round.batches.length)
    for (const depth of round.depths) Dynamics.step(model, state, shares, aims, depth, width)
  }
}

/** The run's figure by the model, as `Recording.accuracy` is by what was seen. */
export const foretell = (model: Dynamics.Model, recording: Recording): number => {
  const out = new Float64Array(recording.sights.length)
  replay(model, recording, out, 0)
  let [sum, requests] = [0, 0]
  for (const [i, sight] of recording.sights.entries()) {
    sum += sight.requests * out[i]!
    requests += sight.requests
  }
  return sum / requests
}

const orders = new WeakMap<Recording["sights"], Int32Array>()

const ordered = (sights: Recording["sights"]): Int32Array => {
  let order = orders.get(sights)
  if (order === undefined) {
    order = Int32Array.from(sights.keys()).toSorted((a, b) => sights[a]!.version - sights[b]!.version)
    orders.set(sights, order)
  }
  return order
}

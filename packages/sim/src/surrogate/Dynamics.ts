/**
 * How accuracy moves as steps are learnt. Each scene has knowledge `g`, from 0 to 1, of what was learnt in it, and a base
 * `b`, the accuracy of a model that learnt other scenes instead:
 *
 *   accuracy = b + (ceiling - b) g
 *   a step on the scene:   g <- g + s f (r - g) (learn + square (r - g))
 *   a step on others:      g <- g - s (1 - f) forget g,   b <- b + s (1 - f) drift (aim - b)
 *
 * with `f` the scene's share of the round's samples, `s` a speed and `r` a reach, both by the frozen prefix, and `aim` what
 * learning the others makes of this scene. With `learn` 0 and no forgetting that is `g = K / (K + 1 / square)` after `K`
 * steps, the curve of Optimus (Peng et al., EuroSys 2018); with `square` 0 it is exponential. The form is our own.
 */

export interface Model {
  readonly scenes: number
  readonly ceiling: Float64Array
  /** Of the model as it is deployed. */
  readonly start: Float64Array
  /** `cross[j · scenes + k]`: accuracy in scene `j` of a model that learns only scene `k`. */
  readonly cross: Float64Array
  readonly learn: number
  readonly square: number
  readonly forget: number
  readonly drift: number
  /** What a round on 1, 2 or 4 batches lacks in reach, against one on 8 or more. */
  readonly lack: Float64Array
  /** How much more a sample teaches that has few like it in its round. */
  readonly few: number
  /** By the length of the frozen prefix. */
  readonly speed: Float64Array
  readonly reach: Float64Array
  /** Factor of that lack. */
  readonly narrow: Float64Array
}

export interface State {
  readonly knowledge: Float64Array
  readonly base: Float64Array
}

export const begin = ({ start, scenes }: Model): State => ({ knowledge: new Float64Array(scenes), base: start.slice() })

/** The scenes' shares of the samples of some batches, to `shares`. */
export const sharesOf = (
  batches: ReadonlyArray<{ readonly samples: number; readonly scene: number }>,
  shares: Float64Array
): void => {
  shares.fill(0)
  let samples = 0
  for (const batch of batches) samples += batch.samples
  for (const batch of batches) shares[batch.scene]! += batch.samples / samples
}

/** What learning scenes in these shares makes of each other scene, to `aims`. */
export const aim = ({ cross, scenes }: Model, shares: Float64Array, aims: Float64Array): void => {
  for (let j = 0; j < scenes; j++) {
    let [sum, weight] = [0, 0]
    for (let k = 0; k < scenes; k++) {
      const share = shares[k]!
      if (k === j || share === 0) continue
      sum += share * cross[j * scenes + k]!
      weight += share
    }
    aims[j] = weight > 0 ? sum / weight : 0
  }
}

/** What a round on so many batches lacks: linear between 1, 2, 4 and 8. */
export const width = ({ lack }: Model, batches: number): number => {
  if (batches >= 8) return 0
  const place = batches < 2 ? 0 : batches < 4 ? 1 : 2
  const low = 1 << place
  const from = lack[place]!
  const to = place < 2 ? lack[place + 1]! : 0
  return from + ((to - from) * (batches - low)) / low
}

/** One step. Nothing is allocated. */
export const step = (
  model: Model,
  state: State,
  shares: Float64Array,
  aims: Float64Array,
  depth: number,
  width: number
): void => {
  const { scenes, learn, square, forget, drift } = model
  const { knowledge, base } = state
  const speed = model.speed[depth]!
  const reach = model.reach[depth]! * (1 - model.narrow[depth]! * width)
  for (let j = 0; j < scenes; j++) {
    const share = shares[j]!
    const own = speed * share * (1 + model.few * (1 - share))
    const others = speed * (1 - share)
    const known = knowledge[j]!
    const gap = reach - known
    const rate = own * (gap > 0 ? learn + square * gap : learn)
    const learnt = Math.min(1, rate) * gap
    knowledge[j] = known + learnt - Math.min(1, others * forget) * known
    base[j]! += Math.min(1, others * drift) * (aims[j]! - base[j]!)
  }
}

export const accuracy = ({ ceiling }: Model, { knowledge, base }: State, scene: number): number => {
  const value = base[scene]! + (ceiling[scene]! - base[scene]!) * knowledge[scene]!
  return value < 0 ? 0 : value > 1 ? 1 : value
}

/** How models scatter about what is expected of them, scene by scene: more alike the fewer steps lie between them. */
import * as Chance from "./Chance.ts"
import * as NoiseFit from "./NoiseFit.ts"

export interface Scatter {
  /** Accuracy, from what is expected of it in a scene. */
  readonly seen: (expected: number, scene: number) => number
  /** Free energy, likewise. */
  readonly felt: (expected: number, scene: number) => number
  /** A new model, so many steps after the last. `key` is its own; `first` says that none was trained before. */
  readonly next: (key: number, steps: number, first: boolean) => void
}

/** `scale` 0 gives models as they are expected. */
export const make = (noise: NoiseFit.Noise, energyNoise: number, scenes: number): Scatter => {
  const passing = new Float64Array(scenes)
  const lasting = new Float64Array(scenes)
  const mood = new Float64Array(scenes)
  const scale = noise.scale * Math.sqrt(noise.passing)
  const rest = noise.scale * Math.sqrt(1 - noise.passing)
  return {
    seen(expected, scene) {
      const value = expected + (passing[scene]! + lasting[scene]!) * NoiseFit.deviation(expected)
      return value < 0 ? 0 : value > 1 ? 1 : value
    },
    felt: (expected, scene) => expected * (1 + mood[scene]!),
    next(key, steps, first) {
      const kept = NoiseFit.decay(steps / noise.steps)
      const fresh = Math.sqrt(1 - kept * kept)
      for (let j = 0; j < scenes; j++) {
        passing[j] = kept * passing[j]! + fresh * scale * Chance.normal(key, 2 * j)
        mood[j] = kept * mood[j]! + fresh * energyNoise * Chance.normal(key, 2 * j + 1)
        if (first) lasting[j] = rest * Chance.normal(key, -1 - j)
      }
    }
  }
}

/** What a sparse net would compute if kernels could skip zeros, which TensorFlow's cannot: an ideal, not a saving. */
import type { Network } from "@edgeol/sim/layers/Layer"

export interface MultiplyAdds {
  /** Of a forward pass on one sample. */
  readonly dense: number
  readonly sparse: number
  /**
   * Of a training step of RigL, in those of a dense one: forward and two gradients sparse, and once in `every` steps a
   * dense gradient of the weights (Evci et al. 2020, section 3, "RigL": `(3 s every + 2 s + d) / (every + 1)`).
   */
  readonly step: number
}

/** `densities` by kernel's name; what is not named is dense. */
export const of = ({ layers }: Network, densities: ReadonlyMap<string, number>, every: number): MultiplyAdds => {
  let [dense, sparse] = [0, 0]
  for (const { name, macs } of layers) {
    dense += macs
    sparse += macs * (densities.get(`${name}/kernel`) ?? 1)
  }
  return { dense, sparse, step: (3 * sparse * every + 2 * sparse + dense) / (every + 1) / (3 * dense) }
}

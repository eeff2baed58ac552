/** How dense each kernel is, for one density overall. */
import type { Weight } from "../Layers.ts"
import type * as Model from "../Model.ts"

/** What can be sparse: kernels; not depthwise ones, whose few numbers each serve a channel of their own. */
export const kernels = ({ units }: Model.Model): ReadonlyArray<Weight> =>
  units.flatMap(({ layer }) => layer.weights.filter(({ kind }) => kind === "kernel"))

/**
 * Erdős–Rényi-Kernel (Evci et al. 2020, section 3.1, after Mocanu et al. 2018): a kernel's density is proportional to the
 * sum of its sides over their product, `(h + w + in + out) / (h w in out)`, and 1 where that would be more. So small
 * kernels stay dense, and all together have `density` of their numbers, to the number that rounding allows.
 */
export const of = (some: ReadonlyArray<Weight>, density: number): ReadonlyMap<string, number> => {
  const dense = new Set<Weight>()
  for (;;) {
    const open = some.filter((kernel) => !dense.has(kernel))
    const wanted = density * sum(some.map(size)) - sum([...dense].map(size))
    const scale = wanted / sum(open.map((kernel) => size(kernel) * slenderness(kernel)))
    const full = open.filter((kernel) => scale * slenderness(kernel) >= 1)
    if (full.length === 0 || full.length === open.length) {
      return new Map(
        some.map((kernel) => [kernel.name, dense.has(kernel) ? 1 : Math.min(1, scale * slenderness(kernel))])
      )
    }
    for (const kernel of full) dense.add(kernel)
  }
}

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

const size = ({ shape }: Weight): number => shape.reduce((product, length) => product * length, 1)

const slenderness = (kernel: Weight): number => sum(kernel.shape) / size(kernel)

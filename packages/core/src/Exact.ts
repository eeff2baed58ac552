/**
 * Elementary functions with the same bits on every machine. `Math.log` differs in the last place between the x64 and
 * arm64 builds of V8; these use only `+ - * /` and integers, which IEEE 754 fixes.
 */

const cell = new DataView(new ArrayBuffer(8))

const ln2High = 6.9314718036912381649e-1
const ln2Low = 1.90821492927058770002e-10

/**
 * Natural logarithm, within 1 unit in the last place.
 *
 * `x = 2^k (1 + f)` with `1 + f` in `[√½, √2)`, and `log(1 + f) = 2 atanh(s)`, `s = f / (2 + f)`, by the minimax
 * polynomial of FreeBSD's msun (`e_log.c`, Sun Microsystems, 1993).
 */
export const log = (x: number): number => {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? Infinity : NaN
  const subnormal = x < 2.2250738585072014e-308
  cell.setFloat64(0, subnormal ? x * 18014398509481984 : x) // 2^54
  let high = cell.getUint32(0)
  let k = (high >>> 20) - 1023 - (subnormal ? 54 : 0)
  high &= 0xfffff
  const carry = (high + 0x95f64) & 0x100000 // mantissa at or above √2: halve it
  k += carry >>> 20
  cell.setUint32(0, high | (carry ^ 0x3ff00000))
  const f = cell.getFloat64(0) - 1

  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1))
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)))
  const halfSquare = 0.5 * f * f
  return k * ln2High - (halfSquare - (s * (halfSquare + even + odd) + k * ln2Low) - f)
}

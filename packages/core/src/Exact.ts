/**
 * Elementary functions with the same bits on every machine. Those of `Math` differ in the last place between the x64 and
 * arm64 builds of V8, which fuse other multiplications and additions; these use only `+ - * /` and integers, which IEEE
 * 754 fixes. Both follow FreeBSD's msun (Sun Microsystems, 1993).
 */

const cell = new DataView(new ArrayBuffer(8))

const ln2High = 6.9314718036912381649e-1
const ln2Low = 1.90821492927058770002e-10

/**
 * Natural logarithm, within 1 unit in the last place.
 *
 * `x = 2^k (1 + f)` with `1 + f` in `[√½, √2)`, and `log(1 + f) = 2 atanh(s)`, `s = f / (2 + f)`, by the minimax
 * polynomial of `e_log.c`.
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

/** `2^k` of an integer; subnormal and beyond the largest double too. */
export const powerOfTwo = (k: number): number => {
  if (k > 1023) return Infinity
  if (k < -1022) return k < -1074 ? 0 : powerOfTwo(k + 52) * 2.220446049250313e-16 // 2^-52
  cell.setUint32(0, (k + 1023) << 20)
  cell.setUint32(4, 0)
  return cell.getFloat64(0)
}

/**
 * Natural exponential, within 1 unit in the last place.
 *
 * `x = k ln 2 + r`, `|r| <= ln 2 / 2`; `exp(r) = 1 + 2r / (R - r)` with `R(r²) = r (exp(r) + 1) / (exp(r) - 1)` by the
 * Remez polynomial of `e_exp.c`, and `k` goes to the exponent.
 */
export const exp = (x: number): number => {
  if (!(x > -745.1332191019411)) return x === x ? 0 : NaN // below, less than half of the least subnormal
  if (x > 709.782712893384) return Infinity
  if (Math.abs(x) < 3.725290298461914e-9) return 1 + x // 2^-28
  const k = Math.abs(x) < 0.34657359027997264 ? 0 : Math.round(x * Math.LOG2E)
  const high = x - k * ln2High
  const low = k * ln2Low
  const r = high - low
  const z = r * r
  const p =
    1.66666666666666019037e-1 +
    z *
      (-2.77777777770155933842e-3 +
        z * (6.61375632143793436117e-5 + z * (-1.6533902205465251539e-6 + z * 4.13813679705723846039e-8)))
  const c = r - z * p
  if (k === 0) return 1 - ((r * c) / (c - 2) - r)
  return scaled(1 - (low - (r * c) / (2 - c) - high), k)
}

/** `y 2^k` with `y` near 1, rounded once. */
const scaled = (y: number, k: number): number => {
  if (k > 1023) return y * 2 * powerOfTwo(k - 1)
  return k < -1021 ? y * powerOfTwo(k + 1000) * 9.332636185032189e-302 : y * powerOfTwo(k) // 2^-1000
}

/** Fields of a layer's configuration as Keras and tfjs write them. What is not supported comes back as a sentence's end. */
import type { Placed } from "./Calls.ts"
import type { Border } from "./FusedOps.ts"
import type { Node } from "./LayersFile.ts"

type Config = Node["config"]
export type Windows = Pick<Required<Placed>, "stride" | "padding">

export const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise)

/** `3` or `[3, 3]`. */
export const pair = (value: unknown, otherwise: number): readonly [number, number] => {
  if (Array.isArray(value)) return [number(value[0], otherwise), number(value[1], otherwise)]
  return [number(value, otherwise), number(value, otherwise)]
}

export const windows = (config: Config): Windows | string => {
  const [down, across] = pair(config.strides, 1)
  const dilation = pair(config.dilation_rate, 1)
  const padding = (typeof config.padding === "string" ? config.padding : "valid").toUpperCase()
  if (down !== across) return `with strides ${down} and ${across}; supported are equal ones`
  if (dilation[0] !== 1 || dilation[1] !== 1) return "with dilation; supported is none"
  if (number(config.groups, 1) !== 1) return "with groups; supported is one"
  if (config.data_format === "channels_first") return "with channels first; supported are channels last"
  return padding === "SAME" || padding === "VALID"
    ? { stride: down, padding }
    : `with padding ${padding.toLowerCase()}; supported are same and valid`
}

export const activation = (config: Config): string =>
  typeof config.activation === "string" ? config.activation : "linear"

/** Of a ReLU layer the activation, undefined where it is another function. */
export const relu = ({ max_value: limit, negative_slope: slope, threshold }: Config): string | undefined => {
  if (number(slope, 0) !== 0 || number(threshold, 0) !== 0) return undefined
  if (limit === null || limit === undefined) return "relu"
  return limit === 6 ? "relu6" : undefined
}

/** Of ZeroPadding2D: `1`, `[1, 2]` or `[[top, bottom], [left, right]]`. */
export const border = (value: unknown): Border => {
  const [vertical, horizontal] = Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value ?? 1, value ?? 1]
  const [[top, bottom], [left, right]] = [pair(vertical, 0), pair(horizontal, 0)]
  return [top, left, bottom, right]
}

/** Of the first layer, without the samples; empty where it does not say. */
export const inputShape = ({ config }: Node): ReadonlyArray<number | null> => {
  const value = config.batch_input_shape ?? config.batch_shape
  return Array.isArray(value) ? value.slice(1).map((side) => (typeof side === "number" ? side : null)) : []
}

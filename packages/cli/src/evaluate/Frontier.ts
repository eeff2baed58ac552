/** Points of accuracy against time saved: the policies that no other beats in both are named. */
import type { Data } from "plotly.js-dist"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import * as Text from "../report/Text.ts"
import * as Forest from "./Forest.ts"
import type { Delta } from "./Summary.ts"

export type Deltas = ReadonlyArray<readonly [policy: string, delta: Delta]>

/** By one that takes no more time and has no fewer points, and is better in one of them. */
const isBeaten = ({ seconds, accuracy }: Delta, others: Deltas): boolean =>
  others.some(
    ([, other]) =>
      other.seconds.mean <= seconds.mean &&
      other.accuracy.mean >= accuracy.mean &&
      (other.seconds.mean < seconds.mean || other.accuracy.mean > accuracy.mean)
  )

export const frontier = (deltas: Deltas): Deltas => deltas.filter(([, delta]) => !isBeaten(delta, deltas))

export const figure = (deltas: Deltas, where: string): Figure.Figure => {
  const best = frontier(deltas)
  const others = deltas.filter((one) => !best.includes(one))
  const words = (of: Deltas) =>
    of.map(([name, { seconds, accuracy }]) => `${name} ${Text.percent(-seconds.mean)} and ${Text.points(accuracy)}`)
  return {
    label: `Time saved and accuracy gained against immediate, ${where}. Beaten by none: ${words(best).join("; ")}. Others: ${words(others).join("; ")}.`,
    keys: [
      { text: "no other saves more and is more accurate", color: blue, mark: "box" },
      { text: "another does both", color: grey, mark: "box" }
    ],
    data: [...others.map((one) => mark(one, grey)), ...together(best).map((same) => mark(same[0]!, blue, names(same)))],
    layout: Figure.layout(320, {
      margin: { l: 66, r: 12, t: 24, b: 44 },
      xaxis: { title: { text: "time saved, cold rounds, %", standoff: 8 }, rangemode: "tozero", zeroline: true },
      yaxis: { title: { text: "accuracy, points", standoff: 8 }, zeroline: true, ticklabelstandoff: 4 }
    })
  }
}

const blue = Palette.policy(2)
const grey = Palette.policy(0)

/** A name stands to the left of its point, as they crowd where much is saved; where little is, to the right. */
const mark = ([name, { seconds, accuracy }]: Deltas[number], color: string, text = ""): Data => {
  const [more, less] = Forest.reach(seconds)
  const [below, above] = Forest.reach(accuracy)
  const bar = { type: "data", symmetric: false, thickness: 1, width: 0, color } as const
  return {
    type: "scatter",
    mode: text === "" ? "markers" : "text+markers",
    name,
    text,
    textposition: seconds.mean < -0.3 ? "middle left" : "middle right",
    cliponaxis: false,
    x: Figure.short([-100 * seconds.mean]),
    y: Figure.short([100 * accuracy.mean]),
    marker: { color, size: 9 },
    error_x: { ...bar, array: [more], arrayminus: [less] },
    error_y: { ...bar, array: [above], arrayminus: [below] },
    hovertemplate: `time ${Text.change(seconds)} %<br>accuracy ${Text.change(accuracy)} points<extra>${name}</extra>`
  }
}

/** Policies that came to the same share a name's place. */
const together = (deltas: Deltas): ReadonlyArray<Deltas> => [
  ...Map.groupBy(deltas, ([, { seconds, accuracy }]) => [seconds, accuracy].map(Text.change).join()).values()
]

const names = (same: Deltas) => same.map(([name]) => name).join(", ")

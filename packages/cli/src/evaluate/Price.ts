/** What the price of a wrong answer buys: accuracy against joules, a line through BreakEven's prices, others as points. */
import type { Data } from "plotly.js-dist"
import * as Figure from "../report/Figure.ts"
import * as Palette from "../report/Palette.ts"
import * as Text from "../report/Text.ts"
import type { Deltas } from "./Frontier.ts"
import type { Delta } from "./Summary.ts"

type Point = readonly [label: string, delta: Delta]

/** BreakEven at each price that was run, the cheapest first; its own is 1 J. */
export const prices = (deltas: Deltas): ReadonlyArray<Point> =>
  deltas
    .flatMap(([name, delta]) => {
      const price = name === "breakEven" ? 1 : Number(/^breakEven:([\d.]+)$/.exec(name)?.[1])
      return Number.isNaN(price) ? [] : [[price, delta] as const]
    })
    .toSorted(([a], [b]) => a - b)
    .map(([price, delta]) => [`${price} J`, delta] as const)

export const figure = (deltas: Deltas, where: string): Figure.Figure => {
  const own = prices(deltas)
  // One that spends nothing is far to the left of all others, and far below.
  const others = deltas.filter(([name, { joules }]) => !name.startsWith("breakEven") && joules.mean > -0.995)
  const words = (of: ReadonlyArray<Point>) =>
    of.map(([name, { joules, accuracy }]) => `${name}: ${Text.percent(1 + joules.mean)} and ${Text.points(accuracy)}`)
  return {
    label: `Joules, of what immediate takes, and accuracy gained, ${where}. BreakEven by the price of a wrong answer: ${words(own).join("; ")}. Others: ${words(others).join("; ")}.`,
    keys: [
      { text: "breakEven, by the price of a wrong answer", color: blue, mark: "box" },
      { text: "edgeol", color: orange, mark: "box" },
      { text: "other policies", color: grey, mark: "box" }
    ],
    data: [
      ...others.filter(([name]) => name !== "edgeol").map((one) => marks(one[0], [one], grey)),
      ...others.filter(([name]) => name === "edgeol").map((one) => marks(one[0], [one], orange)),
      { ...marks("breakEven", own, blue), mode: "text+lines+markers" }
    ],
    layout: Figure.layout(320, {
      margin: { l: 66, r: 30, t: 24, b: 44 },
      xaxis: { title: { text: "energy, % of immediate\u2019s, modelled", standoff: 8 }, type: "log", dtick: "D2" },
      yaxis: { title: { text: "accuracy, points", standoff: 8 }, zeroline: true, ticklabelstandoff: 4 }
    })
  }
}

const blue = Palette.policy(2)
const orange = Palette.policy(1)
const grey = Palette.policy(0)

const marks = (name: string, points: ReadonlyArray<Point>, color: string): Data => ({
  type: "scatter",
  mode: "markers",
  name,
  text: points.map(([label]) => label),
  textposition: "top center",
  cliponaxis: false,
  x: Figure.short(points.map(([, { joules }]) => 100 * (1 + joules.mean))),
  y: Figure.short(points.map(([, { accuracy }]) => 100 * accuracy.mean)),
  line: { color, width: 2 },
  marker: { color, size: 9 },
  hovertemplate: points.map(
    ([label, { joules, accuracy }]) =>
      `energy ${Text.change(joules)} %<br>accuracy ${Text.change(accuracy)} points<extra>${label}</extra>`
  )
})

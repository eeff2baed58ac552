/** Points of accuracy against time saved: the policies that no other beats in both are numbered, and named below. */
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
    data: [...others.map((one) => mark(one, grey)), ...numbers(deltas).map(([one, text]) => mark(one, blue, text))],
    layout: Figure.layout(320, {
      margin: { l: 66, r: 12, t: 24, b: 44 },
      xaxis: { title: { text: "time saved, cold rounds, %", standoff: 8 }, rangemode: "tozero", zeroline: true },
      yaxis: { title: { text: "accuracy, points", standoff: 8 }, zeroline: true, ticklabelstandoff: 4 }
    })
  }
}

/** Who has which number. */
export const caption = (deltas: Deltas): string =>
  numbered(deltas)
    .map((same, i) => `${i + 1}\u00a0${same.map(([name]) => name).join(" and ")}`)
    .join(", ")

/** Those of the frontier, the one that saves least first; policies that came to the same share a number. */
const numbered = (deltas: Deltas): ReadonlyArray<Deltas> => {
  const best = frontier(deltas).toSorted(([, a], [, b]) => b.seconds.mean - a.seconds.mean)
  return [...Map.groupBy(best, ([, { seconds, accuracy }]) => [seconds, accuracy].map(Text.change).join()).values()]
}

/** Each of them with its number; one that lies on another leaves the telling to it, as "1, 2". */
export const numbers = (deltas: Deltas): ReadonlyArray<readonly [Deltas[number], string]> => {
  const told = numbered(deltas)
  const all = deltas.map(place)
  const span = (of: (at: Place) => number) => Math.max(...all.map(of), 0) - Math.min(...all.map(of), 0)
  const size = { x: 0.07 * span(({ x }) => x), y: 0.09 * span(({ y }) => y) }
  const covers = (a: Place, b: Place) => Math.abs(a.x - b.x) < size.x && Math.abs(a.y - b.y) < size.y
  const texts: Array<Array<number>> = []
  const places = told.map(([one]) => place(one!))
  for (const [i, at] of places.entries()) {
    const under = places.findIndex((other, k) => k < i && texts[k]!.length > 0 && covers(at, other))
    texts.push(under < 0 ? [i + 1] : [])
    if (under >= 0) texts[under]!.push(i + 1)
  }
  return told.map(([one], i) => [one!, texts[i]!.join(", ")])
}

interface Place {
  readonly x: number
  readonly y: number
}

const place = ([, { seconds, accuracy }]: Deltas[number]): Place => ({ x: -seconds.mean, y: accuracy.mean })

const blue = Palette.policy(2)
const grey = Palette.policy(0)

const mark = ([name, { seconds, accuracy }]: Deltas[number], color: string, text = ""): Data => {
  const [more, less] = Forest.reach(seconds)
  const [below, above] = Forest.reach(accuracy)
  const bar = { type: "data", symmetric: false, thickness: 1, width: 0, color } as const
  return {
    type: "scatter",
    mode: text === "" ? "markers" : "text+markers",
    name,
    text: `<b>${text}</b>`,
    textposition: "top left",
    cliponaxis: false,
    x: Figure.short([-100 * seconds.mean]),
    y: Figure.short([100 * accuracy.mean]),
    marker: { color, size: 9 },
    error_x: { ...bar, array: [more], arrayminus: [less] },
    error_y: { ...bar, array: [above], arrayminus: [below] },
    hovertemplate: `time ${Text.change(seconds)} %<br>accuracy ${Text.change(accuracy)} points<extra>${name}</extra>`
  }
}

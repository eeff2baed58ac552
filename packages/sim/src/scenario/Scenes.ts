/** Scenes by name: scenarios of a stream, and mixes of other scenes. */
import type { Scenario } from "./Document.ts"

/** Shares of the stream's scenarios: `upTo[i]` is the share of the first `i + 1`, in the end 1. */
export interface Mix {
  readonly scenes: ReadonlyArray<number>
  readonly upTo: ReadonlyArray<number>
}

type Named = NonNullable<Scenario["scenes"]>
type Shares = ReadonlyMap<number, number>

/** What a scene is made of, or a sentence that says why it is nothing. */
export const resolve = (scene: number | string, named: Named = {}): Mix | string => {
  const shares = sharesOf(scene, named, [])
  if (typeof shares === "string") return shares
  let sum = 0
  const upTo = [...shares.values()].map((share) => (sum += share))
  return { scenes: [...shares.keys()], upTo: upTo.map((value) => value / sum) }
}

/** The scene that a mix is most of. */
export const main = ({ scenes, upTo }: Mix): number => {
  const shares = upTo.map((value, i) => value - (upTo[i - 1] ?? 0))
  return scenes[shares.indexOf(Math.max(...shares))]!
}

const sharesOf = (scene: number | string, named: Named, within: ReadonlyArray<string>): Shares | string => {
  if (typeof scene === "number") return new Map([[scene, 1]])
  if (within.includes(scene)) return `mixes ${[...within, scene].join(" of ")}, which never ends; break the circle`
  const meaning = Object.hasOwn(named, scene) ? named[scene] : undefined
  if (meaning === undefined) return unknown(scene, named)
  if (typeof meaning === "number") return new Map([[meaning, 1]])
  return mixed(meaning, named, [...within, scene])
}

const mixed = (weights: Readonly<Record<string, number>>, named: Named, within: ReadonlyArray<string>) => {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  if (!(sum > 0 && sum < Infinity)) return "is a mix of nothing; name scenes with their weights"
  const shares = new Map<number, number>()
  for (const [part, weight] of Object.entries(weights)) {
    const inner = sharesOf(part, named, within)
    if (typeof inner === "string") return inner
    for (const [scene, share] of inner) shares.set(scene, (shares.get(scene) ?? 0) + (share * weight) / sum)
  }
  return shares
}

const unknown = (scene: string, named: Named) => {
  const names = Object.keys(named)
  const known = names.length === 0 ? "no scene has a name" : `there are ${names.join(", ")}`
  return `there is no scene "${scene}"; ${known}, and the stream's by number`
}

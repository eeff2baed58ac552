/**
 * Labelled images kept to learn again: of each class as many of the newest as of any other, within one capacity. Oldest
 * first, so that learning them in order ends with the newest.
 */
import * as Examples from "@edgeol/core/Examples"

export interface Reservoir {
  readonly capacity: number
  readonly kept: Examples.Examples
}

export const make = (capacity: number, shape: Examples.Examples["shape"]): Reservoir => ({
  capacity,
  kept: Examples.empty(shape)
})

export const add = ({ capacity, kept }: Reservoir, fresh: Examples.Examples): Reservoir => {
  const all = Examples.concat([kept, fresh], kept.shape)
  const classes = new Set(all.labels).size
  const share = Math.max(1, Math.floor(capacity / Math.max(1, classes)))
  const room = new Map<number, number>()
  const places: Array<number> = []
  for (let i = all.count - 1; i >= 0; i--) {
    const label = all.labels[i]!
    const left = room.get(label) ?? share
    if (left === 0) continue
    room.set(label, left - 1)
    places.push(i)
  }
  return { capacity, kept: Examples.take(all, places.toReversed()) }
}

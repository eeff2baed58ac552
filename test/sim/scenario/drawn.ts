/** Timelines written out, for tests. */
import type * as Timeline from "@edgeol/sim/Timeline"

const kinds = ["border", "batch", "request"] as const

export type Drawn = Omit<Timeline.Timeline, "next" | "kind"> & { readonly kind: (typeof kinds)[number] }

/** All that is left of a timeline, at most so many. */
export const drawn = (timeline: Timeline.Timeline, most = Infinity): Array<Drawn> => {
  const arrivals: Array<Drawn> = []
  while (arrivals.length < most && timeline.next()) {
    const { at, kind, id, samples, validation, scene } = timeline
    arrivals.push({ at, kind: kinds[kind], id, samples, validation, scene })
  }
  return arrivals
}

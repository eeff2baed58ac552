/**
 * The arrivals of a recorded run, at their recorded times, as a timeline that any policy can be run on.
 *
 * A request says when it arrived; a batch and a border say only when they were taken, which is late by at most the step
 * that ran, and never later than what came after them.
 */
import type { Observation } from "@edgeol/core/Observation"
import * as Timeline from "../Timeline.ts"

/** One arrival: the fields of a timeline. */
export type Arrival = Omit<Timeline.Timeline, "next">

/** What is known of a batch or request besides the tape: where it is drawn from, and what comes with it. */
export type Planned = (kind: Timeline.Timeline["kind"], id: number) => Pick<Arrival, "scene" | "validation"> | undefined

/** In the order in which they were taken. Without a plan scenes are counted by the borders, and nothing comes with a batch. */
export const arrivals = (
  tape: Iterable<{ readonly observation: Observation }>,
  planned: Planned = () => undefined
): ReadonlyArray<Arrival> => {
  const all: Array<Arrival> = []
  let borders = 0
  const add = (kind: Arrival["kind"], at: number, id: number, samples: number) => {
    const known = planned(kind, id)
    const scene = known?.scene ?? Math.max(1, borders)
    all.push({ kind, at, id, samples, scene, validation: known?.validation ?? 0 })
  }
  for (const { observation } of tape) {
    if (observation._tag === "ScenarioChanged" && observation.source === "oracle") {
      add(Timeline.scenario, observation.at, (borders += 1), 0)
    } else if (observation._tag === "BatchArrived") {
      add(Timeline.batch, observation.at, observation.batch, observation.samples)
    } else if (observation._tag === "RequestServed")
      add(Timeline.request, observation.arrivedAt, observation.request, 0)
  }
  return ordered(all)
}

/** Nothing arrived later than what was taken after it. */
const ordered = (all: ReadonlyArray<Arrival>): ReadonlyArray<Arrival> => {
  let earliest = Infinity
  return all
    .toReversed()
    .map((arrival) => {
      earliest = Math.min(earliest, arrival.at)
      return { ...arrival, at: earliest }
    })
    .toReversed()
}

/** What a timeline says of its batches and requests. */
export const plan = (timeline: Timeline.Timeline): Planned => {
  const known = new Map<string, Pick<Arrival, "scene" | "validation">>()
  while (timeline.next()) {
    const { kind, id, scene, validation } = timeline
    known.set(`${kind} ${id}`, { scene, validation })
  }
  return (kind, id) => known.get(`${kind} ${id}`)
}

/** From the first arrival on; for one run. */
export const timeline = (all: ReadonlyArray<Arrival>): Timeline.Timeline => {
  let position = -1
  const here = () => all[position]!
  return {
    next: () => (position += 1) < all.length,
    get at() {
      return here().at
    },
    get kind() {
      return here().kind
    },
    get id() {
      return here().id
    },
    get samples() {
      return here().samples
    },
    get validation() {
      return here().validation
    },
    get scene() {
      return here().scene
    }
  }
}

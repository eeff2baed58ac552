/**
 * 64 bits that tell tapes apart: equal histories of observations and decisions have equal fingerprints, in every world
 * and on every machine. A fold in constant memory. It guards against mistakes, not against forgers.
 *
 * The mixing is that of MurmurHash3 (Appleby, 2011), one 32-bit lane for each half of a float64.
 */
import type { Decision, Single } from "./Decision.ts"
import { parts } from "./Decision.ts"
import type { Observation } from "./Observation.ts"
import { fields, type Recipe } from "./Recipe.ts"

export interface Fingerprint {
  readonly add: (observation: Observation, decision: Decision) => void
  /** Sixteen hexadecimal digits. */
  readonly value: () => string
}

export const make = (): Fingerprint => {
  const lanes = Int32Array.of(0x2f0b4a47, 0x5bd1e995)
  const number = Float64Array.of(0)
  const halves = new Uint32Array(number.buffer)
  const put = (value: number) => {
    number[0] = value === value ? value + 0 : NaN // one zero and one NaN, as in JSON
    lanes[0] = mixed(lanes[0]!, halves[0]!)
    lanes[1] = mixed(lanes[1]! ^ lanes[0], halves[1]!)
  }
  return {
    add(observation, decision) {
      putObservation(put, observation)
      const asked = parts(decision)
      put(asked.length)
      for (let i = 0; i < asked.length; i++) putDecision(put, asked[i]!)
    },
    value: () => hex(final(lanes[0]! ^ lanes[1]!)) + hex(final(lanes[1]!))
  }
}

/** The fingerprint of a whole history. */
export const of = (tape: Iterable<{ readonly observation: Observation; readonly decision: Decision }>): string => {
  const fingerprint = make()
  for (const { observation, decision } of tape) fingerprint.add(observation, decision)
  return fingerprint.value()
}

type Put = (value: number) => void

const mixed = (lane: number, word: number) => {
  const scrambled = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotated(lane ^ scrambled, 13), 5) + 0xe6546b64) | 0
}

const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by))

const final = (lane: number) => {
  const once = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

const hex = (word: number) => word.toString(16).padStart(8, "0")

const putObservation = (put: Put, seen: Observation): void => {
  put(seen.at)
  switch (seen._tag) {
    case "Started":
      put(1)
      return put(seen.units)
    case "BatchArrived":
      put(2)
      put(seen.batch)
      return put(seen.samples)
    case "RequestServed":
      put(3)
      put(seen.request)
      put(seen.arrivedAt)
      put(seen.energy)
      return put(seen.confidence)
    case "ScenarioChanged":
      put(4)
      return put(seen.source === "oracle" ? 0 : 1)
    case "RoundStarted":
      put(5)
      put(seen.round)
      put(seen.batches)
      return put(seen.samples)
    case "StepFinished":
      put(6)
      put(seen.round)
      put(seen.iteration)
      put(seen.loss)
      return seen.units === undefined ? undefined : putAll(put, seen.units)
    case "RoundFinished":
      put(7)
      put(seen.round)
      put(seen.batches)
      put(seen.iterations)
      put(seen.seconds)
      return put(seen.joules)
    case "Probed":
      put(8)
      return putAll(put, seen.similarity)
    case "Compared":
      put(13)
      return putAll(put, seen.distance)
    case "Validated":
      put(9)
      put(seen.samples)
      put(seen.accuracy)
      put(seen.loss)
      put(seen.energyMean)
      return put(seen.energyDeviation)
    case "Pretested":
      put(10)
      put(seen.batch)
      put(seen.samples)
      put(seen.accuracy)
      return put(seen.loss)
    case "TimerFired":
      return put(11)
    case "Adapted":
      put(12)
      put(seen.batch)
      put(seen.samples)
      return put(seen.accuracy)
  }
}

const putDecision = (put: Put, asked: Single): void => {
  switch (asked._tag) {
    case "Wait":
      return put(0)
    case "Train":
      return put(1)
    case "StopRound":
      return put(2)
    case "Freeze":
      put(3)
      return putAll(put, asked.units)
    case "Probe":
      return put(asked.renew ? 4 : 5)
    case "Validate":
      return put(6)
    case "Pretest":
      return put(7)
    case "WakeAt":
      put(8)
      return put(asked.at)
    case "Adapt":
      return put(9)
    case "Compare":
      return put(11)
    case "Watch":
      put(10)
      return put(asked.what === "nothing" ? 0 : asked.what === "gradients" ? 1 : 2)
    case "Recipe":
      put(12)
      return putRecipe(put, asked.recipe)
  }
}

const recipeFields = Object.keys(fields) as ReadonlyArray<keyof Recipe>

/** The fields that are said, in a fixed order; words by their letters. */
const putRecipe = (put: Put, recipe: Recipe): void => {
  recipeFields.forEach((field, i) => {
    const value = recipe[field]
    if (value === undefined) return
    put(i)
    putAll(put, numbersOf(value))
  })
}

const numbersOf = (value: NonNullable<Recipe[keyof Recipe]>): ReadonlyArray<number | boolean> => {
  if (typeof value === "string") return Array.from(value, (letter) => letter.charCodeAt(0))
  if (typeof value !== "object") return [value]
  return "weight" in value ? [value.weight] : [value.density, value.every, value.drop]
}

const putAll = (put: Put, values: ReadonlyArray<number | boolean>): void => {
  put(values.length)
  for (let i = 0; i < values.length; i++) put(Number(values[i]))
}

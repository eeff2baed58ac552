/** What a stream is once loaded: scenarios, each with images to learn from, to validate on and to be asked about. */
import type { Examples } from "@edgeol/core/Examples"

export interface Stream {
  readonly name: string
  readonly version: number
  /** Names of the classes; a label is a position here. Labels are numbered in the order in which classes first appear. */
  readonly classes: ReadonlyArray<string>
  readonly shape: Examples["shape"]
  /** The first trains the model before deployment; the others are met on line, in this order. */
  readonly scenarios: ReadonlyArray<Scenario>
}

/**
 * A stretch of the stream from one distribution. An image of one kind of pool (train, validation, held out) is in no
 * pool of another kind, in any scenario.
 */
export interface Scenario {
  readonly name: string
  /** Labels that occur in it. */
  readonly classes: ReadonlyArray<number>
  readonly train: Pool
  readonly validation: Pool
  /** For requests and for scoring them. */
  readonly heldOut: Pool
}

/** Images that can be had by position: kept in memory, or rendered when asked for. The same position is the same image. */
export interface Pool {
  readonly labels: Int32Array
  readonly take: (positions: ArrayLike<number>) => Examples
}

/** How many of all classes have appeared by the end of a scenario: labels below it have been seen. */
export const seen = (stream: Stream, scenario: number): number =>
  1 + Math.max(...stream.scenarios.slice(0, scenario + 1).flatMap(({ classes }) => classes))

/** What arrives, one thing after another, as plain numbers: nothing is allocated for an arrival. */

export const scenario = 0
export const batch = 1
export const request = 2

/** Fields tell of the arrival that `next` moved to. Draws lazily, so that its memory does not grow with its length. */
export interface Timeline {
  /** Moves to the next arrival, in order of time; false when there are no more. */
  readonly next: () => boolean
  /** Seconds since the run began. */
  readonly at: number
  readonly kind: typeof scenario | typeof batch | typeof request
  /** Counts over the run, by kind; batches and requests from 0, scenarios from 1. */
  readonly id: number
  /** Labelled samples of a batch, and validation samples that come with it. */
  readonly samples: number
  readonly validation: number
  /** The scenario it is drawn from, numbered from 1. */
  readonly scene: number
}

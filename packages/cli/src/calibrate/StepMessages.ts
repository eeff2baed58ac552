/** What a calibration and the process that times steps say to each other, in turns. */

export interface Request {
  readonly batch: number
  /** Leading units that are frozen. */
  readonly depth: number
  readonly steps: number
}

/** Seconds of one step, and how long of that its thread had a core; 0 where that is not known. */
export type Passes = readonly [forward: number, backward: number, optimiser: number, busy: number]

export type Reply = { readonly times: ReadonlyArray<Passes> } | { readonly failed: string }

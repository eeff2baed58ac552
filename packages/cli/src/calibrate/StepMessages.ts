/** What a calibration and the process that times steps say to each other, in turns. */

export interface Request {
  readonly batch: number
  /** Leading units that are frozen. */
  readonly depth: number
  readonly steps: number
}

/** Seconds of one step, and how long of that its thread waited for a core that another had. */
export type Passes = readonly [forward: number, backward: number, optimiser: number, waited: number]

export type Reply = { readonly times: ReadonlyArray<Passes> } | { readonly failed: string }

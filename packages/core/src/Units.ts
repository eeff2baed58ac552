/** SI quantities. Numbers carry their unit in the type; conversions happen where a sensor, a file or a person is met. */
import * as Schema from "effect/Schema"

/** Durations and times, s. Times count from the start of the run. */
export const Seconds = Schema.Number.pipe(Schema.brand("Seconds"))
export type Seconds = typeof Seconds.Type

/** Energy, J. */
export const Joules = Schema.Number.pipe(Schema.brand("Joules"))
export type Joules = typeof Joules.Type

/** Power, W. */
export const Watts = Schema.Number.pipe(Schema.brand("Watts"))
export type Watts = typeof Watts.Type

export const seconds = (value: number): Seconds => value as Seconds
export const joules = (value: number): Joules => value as Joules
export const watts = (value: number): Watts => value as Watts

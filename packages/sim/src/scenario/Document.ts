/** The fields of a scenario file. */
import { Schema } from "effect"
import * as Process from "./Process.ts"
import { Count, Duration, Energy, oneOf, Positive, Share, Time } from "./Quantity.ts"

/** A scenario of the stream, numbered from 1; or a name given under `scenes`. */
export const Scene = Schema.Union([Count, Schema.NonEmptyString]).annotate({
  expected: "the number or the name of a scene"
})

/**
 * How a stretch takes over from the one before it (Gama et al., 2014, figure 2). `sudden`, as without one; `recurring`:
 * the same, to a scene that was there before; `gradual`: over a span, the new scene is drawn ever more often;
 * `incremental`: over a span, it passes through other scenes, as long in each.
 */
export const Drift = oneOf("sudden, recurring, gradual or incremental", [
  Schema.Struct({ kind: Schema.Literal("sudden") }),
  Schema.Struct({ kind: Schema.Literal("recurring") }),
  Schema.Struct({ kind: Schema.Literal("gradual"), over: Duration }),
  Schema.Struct({
    kind: Schema.Literal("incremental"),
    over: Duration,
    through: Schema.Array(Scene).check(Schema.isMinLength(1))
  })
])

export const Stretch = Schema.Struct({
  name: Schema.optionalKey(Schema.NonEmptyString),
  scene: Scene,
  /** Either how long it lasts, or when it ends, counted from the start of the schedule. */
  duration: Schema.optionalKey(Duration),
  until: Schema.optionalKey(Duration),
  drift: Schema.optionalKey(Drift),
  /** What differs from the scenario's. */
  batches: Schema.optionalKey(Schema.Struct(Process.placing)),
  requests: Schema.optionalKey(Schema.Struct(Process.placing))
})
export type Stretch = typeof Stretch.Type

/** Between a batch and its labels. */
const Delay = oneOf("fixed, exponential or uniform", [
  Schema.Struct({ kind: Schema.Literal("fixed"), seconds: Time }),
  Schema.Struct({ kind: Schema.Literal("exponential"), mean: Duration }),
  Schema.Struct({ kind: Schema.Literal("uniform"), from: Time, until: Time })
])
export type Delay = typeof Delay.Type

const Batches = Schema.Struct({
  ...Process.placing,
  samples: Count,
  /** Validation samples that come with each batch, besides its samples; none unless given. */
  validation: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Labels come at once unless told otherwise, and all of them; `missing` is the share that never comes. */
  labels: Schema.optionalKey(Schema.Struct({ delay: Schema.optionalKey(Delay), missing: Schema.optionalKey(Share) }))
})

/** `deterministic`: what the device's cost model says. */
const Service = oneOf("deterministic or exponential", [
  Schema.Struct({ kind: Schema.Literal("deterministic") }),
  Schema.Struct({ kind: Schema.Literal("exponential"), mean: Duration })
])

const Requests = Schema.Struct({ ...Process.placing, service: Schema.optionalKey(Service) })

const device = {
  /** `orin-nano@15W`. */
  name: Schema.NonEmptyString,
  /** Power modes that it changes to, each at its time. */
  modes: Schema.optionalKey(Schema.Array(Schema.Struct({ at: Time, mode: Schema.NonEmptyString }))),
  /** Capacity, J, and the share of it that is charged at the start; full unless given. */
  battery: Schema.optionalKey(Schema.Struct({ capacity: Energy, charge: Schema.optionalKey(Share) })),
  /** Joules that fine-tuning may take. */
  budget: Schema.optionalKey(Energy),
  /**
   * One thermal resistance and capacity: `C dT/dt = P - (T - ambient) / R`; K/W, J/K, °C. From `throttleAt`, °C, on
   * its speed is multiplied by `factor`.
   */
  thermal: Schema.optionalKey(
    Schema.Struct({
      resistance: Positive,
      capacity: Positive,
      ambient: Schema.Finite,
      throttleAt: Schema.Finite,
      factor: Positive.check(Schema.isLessThanOrEqualTo(1))
    })
  )
}

const Device = Schema.Struct(device)
export type Device = typeof Device.Type

/** `count` such devices, each so many times as fast as its cost model says. */
const Devices = Schema.Struct({
  ...device,
  count: Schema.optionalKey(Count),
  speed: Schema.optionalKey(Positive)
})

/** A source of chance draws from its own stream of the run's seed, or of the seed that is named here. */
const Seeds = Schema.Struct({
  batches: Schema.optionalKey(Schema.Int),
  requests: Schema.optionalKey(Schema.Int),
  scenes: Schema.optionalKey(Schema.Int),
  labels: Schema.optionalKey(Schema.Int),
  service: Schema.optionalKey(Schema.Int)
})

export const Scenario = Schema.Struct({
  name: Schema.NonEmptyString,
  version: Count,
  /** Name and version of the stream that is learnt: `gtsrb32/ni@1`. */
  stream: Schema.optionalKey(Schema.NonEmptyString),
  /** The surrogate that stands for the model in simulation. */
  surrogate: Schema.optionalKey(Schema.NonEmptyString),
  /** Names for scenarios of the stream, and mixes of named ones by weight. */
  scenes: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Union([Count, Schema.Record(Schema.String, Positive)]))
  ),
  schedule: Schema.Array(Stretch).check(Schema.isMinLength(1, { expected: "at least one stretch" })),
  /** The schedule comes so many times; once unless given. */
  repeat: Schema.optionalKey(Count),
  batches: Schema.optionalKey(Batches),
  requests: Schema.optionalKey(Requests),
  device: Schema.optionalKey(Device),
  devices: Schema.optionalKey(Schema.Array(Devices).check(Schema.isMinLength(1))),
  seeds: Schema.optionalKey(Seeds)
})
export type Scenario = typeof Scenario.Type
export type Source = keyof typeof Seeds.Type

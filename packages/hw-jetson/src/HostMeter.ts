/** The best measured energy of this computer: a Jetson's rails, else a PC's RAPL. Without either, energy is modelled. */
import { EnergyMeter, MeterError } from "@edgeol/core/EnergyMeter"
import type { Scope } from "effect"
import { Effect, Layer } from "effect"
import * as JetsonMeter from "./JetsonMeter.ts"
import * as Rapl from "./Rapl.ts"

/** Fails with what is missing in both when there is nothing to measure with. */
export const make = (
  options: { readonly root?: string } = {}
): Effect.Effect<EnergyMeter["Service"], MeterError, Scope.Scope> =>
  Effect.catch(
    Effect.map(JetsonMeter.make(options), (meter) => meter.service),
    (jetson) =>
      Effect.mapError(
        Rapl.make(options),
        (rapl) => new MeterError({ reason: "Unavailable", message: `${jetson.message} ${rapl.message}` })
      )
  )

export const layer = (options: { readonly root?: string } = {}): Layer.Layer<EnergyMeter, MeterError> =>
  Layer.effect(EnergyMeter, make(options))

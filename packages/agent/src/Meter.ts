/** What measures the energy of an agent: the sensors of its machine, or a device's power model where there are none. */
import { type EnergyMeter, modelled } from "@edgeol/core/EnergyMeter"
import * as HostMeter from "@edgeol/hw-jetson/HostMeter"
import * as PowerModel from "@edgeol/sim/PowerModel"
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Log } from "./Log.ts"

/** `device` is the one whose watts stand in, such as `orin-nano@15W`; `root` is where the file system of the board is. */
export const choose = (
  root: string,
  device: string,
  log: Log
): Effect.Effect<EnergyMeter["Service"], never, Scope.Scope> =>
  Effect.catch(HostMeter.make({ root }), ({ message }) =>
    Effect.sync(() => {
      log(`Energy is modelled as that of ${device}. ${message}`)
      const power = PowerModel.load(device)
      return modelled(power.name, PowerModel.energy(power))
    })
  )

/** The seconds and watts that a policy is tried with, as a text: what a certificate names by its hash. */
import type { Activity } from "@edgeol/core/Ledger"
import { canonical } from "@edgeol/sim/Canonical"
import type { CostModel } from "@edgeol/sim/CostModel"
import * as Equipment from "@edgeol/sim/Equipment"

export interface CostProfile {
  readonly format: "edgeol-costs@1"
  /** `orin-nano@15W`. */
  readonly device: string
  readonly seconds: CostModel
  readonly watts: { readonly [A in Activity]: number }
}

export const of = (device: string, workload: Equipment.Workload): CostProfile => ({
  format: "edgeol-costs@1",
  device,
  seconds: Equipment.costs(device, workload),
  watts: Equipment.power(device, workload).watts
})

/** One text for each profile. */
export const encode = (profile: CostProfile): string => `${canonical(profile)}\n`

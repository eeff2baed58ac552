/** The trials of a plan by number, so that none is written down before its turn. Seeds change fastest. */
import { createHash } from "node:crypto"
import * as Policies from "@edgeol/core/Policies"
import type { Owned } from "../PlanFile.ts"
import type { Plan } from "./Plan.ts"
import * as Variants from "./Variants.ts"

/** What surrounds a policy. */
export interface Setting {
  readonly scenario: string
  readonly device: string
  readonly rounds: "warm" | "cold"
}

export interface Trial extends Setting, Variants.Variant {
  readonly seed: number
}

export interface Trials {
  readonly count: number
  readonly trial: (number: number) => Trial
  /** A hash of all that decides its outcome: equal keys, equal rows. */
  readonly key: (number: number) => string
}

/**
 * `content` of a setting's scenario and device, `versions` of the code, `owned` policies: what else decides the outcome.
 */
export const make = (
  plan: Plan,
  settings: ReadonlyArray<Setting>,
  content: (setting: Setting) => string,
  versions: string,
  owned: Owned = new Map()
): Trials => {
  const variants = plan.policies.flatMap((policy) => Variants.of(policy, plan.parameters ?? {}))
  const seeds = seedsOf(plan)
  const configs = variants.map(({ specification }) => {
    const own = owned.get(specification)
    const { config } = own?.policy ?? Policies.parse(specification)
    return JSON.stringify([specification, config, ...(own === undefined ? [] : [own.sha256])])
  })
  const contents = settings.map((setting) => JSON.stringify([setting.device, setting.rounds, content(setting)]))
  const place = (number: number) => {
    const pair = Math.floor(number / seeds.count)
    return { variant: Math.floor(pair / settings.length), setting: pair % settings.length, seed: number % seeds.count }
  }
  return {
    count: variants.length * settings.length * seeds.count,
    trial(number) {
      const { variant, setting, seed } = place(number)
      return { ...variants[variant]!, ...settings[setting]!, seed: seeds.at(seed) }
    },
    key(number) {
      const { variant, setting, seed } = place(number)
      return sha256(`${versions}\n${configs[variant]}\n${contents[setting]}\n${seeds.at(seed)}`)
    }
  }
}

/** What every policy of a plan meets; a scenario has a device for plans that name none. */
export const settings = (
  { scenarios, devices, rounds = ["warm"] }: Plan,
  deviceOf: (scenario: string) => string
): ReadonlyArray<Setting> =>
  scenarios.flatMap((scenario) =>
    (devices ?? [deviceOf(scenario)]).flatMap((device) => rounds.map((where) => ({ scenario, device, rounds: where })))
  )

const seedsOf = ({ seeds }: Plan) =>
  typeof seeds === "number"
    ? { count: seeds, at: (i: number) => i + 1 }
    : { count: seeds.length, at: (i: number) => seeds[i]! }

/** Half of it is plenty for a few million trials. */
export const sha256 = (text: string | Uint8Array): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 32)

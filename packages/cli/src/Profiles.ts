/** Rebuilds the profiles that ship, from published measurements. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type * as CostFit from "@edgeol/sim/cost/CostFit"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as Profile from "@edgeol/sim/cost/Profile"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"
import * as Measured from "./Measured.ts"

export const folder = fileURLToPath(new URL("../../sim/profiles/", import.meta.url))

const fileOf = (name: string) => `${name.replace("/", "-")}.json`

/** Fits and writes every profile; gives their names. Throws `CliError` where measurements are missing. */
export const rebuild = (data: string, onDone: (name: string) => void): ReadonlyArray<string> => {
  const fits = new Map<string, CostFit.CostFit>()
  return Measured.all.map((set) => {
    const observations = Measured.read(data, set)
    if (observations === undefined) {
      throw new CliError({
        message: `There is no ${join(data, "jetson", set.file)}; name the data folder with --data.`
      })
    }
    const from = set.from && { from: fits.get(set.from.name)!, ratios: set.from.ratios }
    const { fit, profiled } = Learn.learn(observations, set.modes, 1, "active", from ?? {})
    fits.set(set.name, fit)
    const profile = Profile.make(
      Measured.about(data, set),
      fit,
      profiled.map((i) => observations[i]!.mode)
    )
    Files.replace(join(folder, fileOf(set.name)), Profile.print(profile))
    onDone(set.name)
    return set.name
  })
}

/** The profiles in the repository, by name. Throws `ProfileError`. */
export const load = (): ReadonlyMap<string, Profile.Profile> =>
  new Map(
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((file) => file.endsWith(".json"))
      .map((file) => {
        const profile = Profile.parse(file, readFileSync(join(folder, file), "utf8"))
        return [profile.body.name, profile]
      })
  )

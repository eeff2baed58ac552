/** What a name on the command line stands for: a scenario, or the experiment on a stream. */
import { readFileSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import * as Experiment from "@edgeol/streams/Experiment"
import * as ScenarioFile from "@edgeol/streams/ScenarioFile"
import { Effect } from "effect"
import { CliError } from "./CliError.ts"
import * as DeviceFile from "./DeviceFile.ts"

export type Subject = ({ readonly _tag: "Experiment" } & Experiment.Named) | Scenario

export interface Scenario extends ScenarioFile.Loaded {
  readonly _tag: "Scenario"
  /** Its name or path. */
  readonly source: string
}

/** By name, or from a .yaml file, which is looked for from `folder`. */
export const load = Effect.fnUntraced(function* (name: string, folder = ".") {
  const isFile = /\.ya?ml$/.test(name)
  const source = isFile && !isAbsolute(name) ? join(folder, name) : name
  if (isFile ? isScenario(source) : ScenarioFile.names().includes(name)) {
    const { scenario, traces } = yield* ScenarioFile.load(source)
    const equipped = yield* DeviceFile.equipped(scenario, isFile ? dirname(source) : ".")
    return { _tag: "Scenario", source, traces, scenario: equipped } satisfies Subject
  }
  const experiment = isFile ? Experiment.load(source) : Effect.mapError(Experiment.load(name), bothKinds)
  return { _tag: "Experiment", ...(yield* experiment) } satisfies Subject
})

/** Only scenarios have these fields. What cannot be read is left to who reads it for good. */
const isScenario = (path: string): boolean => {
  try {
    return /^(name|version|schedule|devices?)\s*:/m.test(readFileSync(path, "utf8"))
  } catch {
    return false
  }
}

const bothKinds = ({ message }: { readonly message: string }) =>
  new CliError({
    message: message
      .replace("experiment called", "scenario or experiment called")
      .replace("name one of", `name one of ${ScenarioFile.names().join(", ")},`)
  })

/** What cannot be done with a field of a scenario. */
export const refuse = (source: string, field: string, why: string): CliError =>
  new CliError({ message: `${source}, "${field}": ${why}.` })

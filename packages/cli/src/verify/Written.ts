/** A broken promise on disk and on a terminal: its scenario as a file, its tape, and the line that replays both. */
import { join } from "node:path"
import * as Envelope from "@edgeol/core/guards/Envelope"
import type { Entry } from "@edgeol/core/Journal"
import * as Decision from "@edgeol/core/Decision"
import * as Files from "../Files.ts"
import * as Text from "../report/Text.ts"
import type { Breach } from "./Breach.ts"

const folder = join("runs", "verify")

export interface Written extends Omit<Breach, "tape" | "scenario"> {
  /** A name or a file. */
  readonly scenario: string
  /** The file of the tape. */
  readonly tape: string
  readonly replay: string
  readonly sentence: string
  /** What happened last, the breach at the end. */
  readonly last: ReadonlyArray<string>
}

/** Writes scenario and tape, whole or not at all. `asked` are the words of the command line that stay. */
export const write = (specification: string, breach: Breach, asked: ReadonlyArray<string>) =>
  Files.change(folder, (): Written => {
    const name = `${specification.replace(/[^\w.=-]+/g, "-").replace(/^[.-]+/, "")}-${breach.promise}`
    const { scenario, tape, ...rest } = breach
    const file = join(folder, `${name}.ndjson`)
    Files.replace(file, tape.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
    const where = typeof scenario === "string" ? scenario : join(folder, `${name}.yaml`)
    if (typeof scenario !== "string") Files.replace(where, yaml(scenario))
    const replay = [
      "edgeol verify",
      specification,
      ...asked,
      "--scenario",
      where,
      "--seed",
      rest.seed,
      "--seeds 1 --cases 0"
    ]
    return {
      ...rest,
      scenario: where,
      tape: file,
      replay: replay.join(" "),
      sentence: Envelope.sentence(breach),
      last: tape.slice(-shown).map(line)
    }
  })

const shown = 12

/** Each field of the document on a line of its own. */
const yaml = (scenario: object) =>
  Object.entries(scenario)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("")

/** `12.3 s  BatchArrived 3: Train`. */
const line = ({ observation, decision }: Entry): string => {
  const { _tag, at, ...rest } = observation
  const facts = Object.entries(rest).map(([key, value]) => `${key} ${short(value)}`)
  const asked = Decision.parts(decision).map(({ _tag }) => _tag)
  const decided = asked.length === 0 ? "" : `  → ${asked.join(", ")}`
  return `${Text.number(at).padStart(8)} s  ${_tag}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}${decided}`
}

const short = (value: unknown) =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : JSON.stringify(value)

/** What an agent runs: a policy with its promises, and the model that it teaches. */
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Config } from "@edgeol/backends/tfjs/Models"
import type { Training } from "@edgeol/backends/tfjs/Round"
import * as DurableFile from "@edgeol/backends/tfjs/DurableFile"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import type { Examples } from "@edgeol/core/Examples"
import type { Envelope } from "@edgeol/core/guards/Envelope"
import type { Policy } from "@edgeol/core/Policy"
import type { Rule } from "./Arrivals.ts"

export interface Subject {
  readonly policy: Policy
  /** The release it came with; sources have none. */
  readonly release?: number
  /** Without any, the policy is not watched. */
  readonly envelope: Envelope
  readonly experiment: { readonly name: string; readonly content: unknown }
  readonly model: Config
  readonly training: Training
  readonly shape: Examples["shape"]
  readonly classes: ReadonlyArray<string>
  readonly seed: number
  /** Where the model lies as it is deployed, and its checkpoint's name there. */
  readonly initial: { readonly folder: string; readonly checkpoint: string }
  readonly rule: Rule
  /** Share of labelled samples set apart for validation. */
  readonly validation: number
  readonly rounds: "warm" | "cold"
  readonly threads: number
  /** What else decides the numbers. */
  readonly versions: Readonly<Record<string, string>>
}

/** When batches are cut and what share of them is set apart, as an experiment has it: its size, or four times its pause. */
export const ruleOf = (batches: {
  readonly samples: number
  readonly validation: number
  readonly secondsBetween: number
}) => ({
  rule: { samples: batches.samples + batches.validation, seconds: 4 * batches.secondsBetween },
  validation: batches.validation / (batches.samples + batches.validation)
})

/** SHA-256 of the deployed model's files. */
export const modelHash = ({ initial: { folder } }: Subject): string => {
  const hash = createHash("sha256")
  for (const name of weights(folder)) hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  return hash.digest("hex")
}

const weights = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".safetensors"))
    .toSorted()

/** Puts the model into a folder for checkpoints, as it is deployed. */
export const install = ({ initial: { folder } }: Subject, checkpoints: string): void => {
  mkdirSync(checkpoints, { recursive: true })
  for (const name of weights(folder)) DurableFile.write(join(checkpoints, name), readFileSync(join(folder, name)))
}

/** The learner of a subject, keeping its checkpoints in a folder. */
export const learner = ({ model, training, seed, rounds, threads }: Subject, folder: string) =>
  TfjsLearner.make({ model, training, seed, rounds, threads, folder })

/** The head of its tapes. A run goes on under an equal one only. */
export const header = (
  subject: Subject,
  meter: { readonly kind: string; readonly source: string },
  units: ReadonlyArray<string>
) => ({
  format: "edgeol-tape@1",
  experiment: subject.experiment.content,
  stream: subject.experiment.name,
  policy: { name: subject.policy.name, config: subject.policy.config },
  promises: subject.envelope,
  model: modelHash(subject),
  seed: subject.seed,
  rounds: subject.rounds,
  clock: "real",
  meter: { kind: meter.kind, source: meter.source },
  units,
  scenarios: [],
  versions: subject.versions
})

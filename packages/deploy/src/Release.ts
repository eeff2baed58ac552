/**
 * The files of a release, as `edgeol bundle` makes them and the agent finds them under `--release DIR`:
 *
 *     agent.js, …          the agent, its loop and its backend (and what it starts as workers of its own)
 *     policy.js            the policy with all that it needs, where it came from a file
 *     setup.json           what to run: `Setup`
 *     initial/*.safetensors  the model as it is deployed, a checkpoint with the reference it names
 *     profile.json         the cost profile that was verified
 *     certificate.json     the certificate, as `edgeol verify` wrote it
 *     device.js            the program that installs it
 *     manifest.json, manifest.sig
 */
import { Schema } from "effect"
import type { Files } from "./Archive.ts"
import { BundleError } from "./BundleError.ts"

export const agent = "agent.js"
export const policy = "policy.js"
export const setup = "setup.json"
export const initial = "initial"
export const profile = "profile.json"
export const certificate = "certificate.json"
export const device = "device.js"

/** What the agent runs. The experiment, model and training are checked by the modules that own their schemas. */
export const Setup = Schema.Struct({
  format: Schema.Literal("edgeol-setup@1"),
  /** As on the command line: `edgeol:frequency.needMax=4`, or the file that it was verified from. */
  policy: Schema.NonEmptyString,
  /** The file of the release that exports it as `policy`, where it came from a file. */
  module: Schema.optionalKey(Schema.Literal(policy)),
  /** Name and content of the experiment file. */
  experiment: Schema.Struct({ name: Schema.NonEmptyString, content: Schema.Record(Schema.String, Schema.Json) }),
  /** `Models.Config`: the network, with its classes and the shape of its input. */
  model: Schema.Record(Schema.String, Schema.Json),
  /** Names of the classes, in the order of the model's answers. */
  classes: Schema.Array(Schema.String),
  /** Numbers that make one input. */
  shape: Schema.Array(Schema.Int),
  /** The checkpoint's file in `initial`, and the seed that it was trained with. */
  checkpoint: Schema.NonEmptyString,
  seed: Schema.Int,
  /** Device and power mode whose watts stand in where the board has no sensor: `orin-nano@15W`. */
  device: Schema.NonEmptyString,
  /** The device's board, where that is from a file: `Device.Board`. */
  board: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
})
export type Setup = typeof Setup.Type

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Setup))

/** The setup among the files of a release. Throws a `BundleError`. */
export const readSetup = (files: Files): Setup => {
  try {
    return decode(text(files, setup))
  } catch (cause) {
    if (cause instanceof BundleError) throw cause
    throw new BundleError({ message: `${setup} does not fit this version of edgeol; make the bundle again.` })
  }
}

/** A file's text. Throws a `BundleError` where there is none. */
export const text = (files: Files, path: string): string => {
  const content = files.get(path)
  if (content === undefined) {
    throw new BundleError({ message: `The file ${path} is missing; make the bundle again.` })
  }
  try {
    return decoder.decode(content)
  } catch {
    throw new BundleError({ message: `The file ${path} is damaged; copy or make the bundle again.` })
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true })

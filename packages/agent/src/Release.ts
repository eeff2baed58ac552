/** An opened bundle as the agent runs it: nothing of it is obeyed before its signature, hashes and certificate fit. */
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Config } from "@edgeol/backends/tfjs/Models"
import * as Policies from "@edgeol/core/Policies"
import * as Policy from "@edgeol/core/Policy"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Keys from "@edgeol/deploy/Keys"
import type { Manifest } from "@edgeol/deploy/Manifest"
import * as Release from "@edgeol/deploy/Release"
import { canonical } from "@edgeol/sim/Canonical"
import * as Device from "@edgeol/sim/Device"
import { Experiment } from "@edgeol/streams/Experiment"
import { Result, Schema } from "effect"
import { AgentError, reason } from "./AgentError.ts"
import * as Subject from "./Subject.ts"

export interface Opened {
  readonly manifest: Manifest
  readonly subject: Subject.Subject
  /** Whose watts stand in where there is no sensor. */
  readonly device: string
}

/** `trusted` is a folder of public keys. Rejects with an `AgentError`, or a `BundleError`, that says what does not fit. */
export const open = async (folder: string, trusted: string, versions: Subject.Subject["versions"]): Promise<Opened> => {
  const { manifest, setup, certificate } = Bundle.check(read(folder), keys(trusted))
  const here = `linux-${process.arch}`
  if (manifest.target !== here)
    throw refused(`The release is for ${manifest.target}, and this is ${here}; bundle it with --target ${here}.`)
  const policy = await policyOf(folder, setup)
  if (canonical(policy.config) !== canonical(certificate.policy.config)) {
    throw refused(
      `The certificate is for another configuration of ${setup.policy}; verify it with this version of edgeol.`
    )
  }
  if (setup.board !== undefined) Device.add(Device.parts(setup.device)[0], decode(Device.Board, setup.board, "board"))
  const experiment = decode(Experiment, setup.experiment.content, "experiment")
  const subject: Subject.Subject = {
    policy,
    envelope: certificate.envelope,
    release: manifest.release,
    experiment: setup.experiment,
    model: decode(Config, setup.model, "model"),
    training: experiment.training,
    shape: decode(Shape, setup.shape, "shape"),
    classes: setup.classes,
    seed: setup.seed,
    initial: { folder: join(folder, Release.initial), checkpoint: setup.checkpoint },
    ...Subject.ruleOf(experiment.batches),
    rounds: "warm",
    threads: availableParallelism(),
    versions
  }
  return { manifest, subject, device: setup.device }
}

const Shape = Schema.Tuple([Schema.Int, Schema.Int, Schema.Int])

const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, value: unknown, field: string): S["Type"] => {
  const result = Schema.decodeUnknownResult(schema)(value)
  if (Result.isSuccess(result)) return result.success
  throw refused(`${Release.setup}: ${field} does not fit this version of edgeol; make the bundle again.`)
}

/** By name, or from the file that the release brings. */
const policyOf = async (folder: string, { policy, module }: Release.Setup): Promise<Policy.Policy> => {
  if (module === undefined) return parsed(policy)
  try {
    const found = (await import(pathToFileURL(join(folder, module)).href)) as { readonly policy?: Policy.Policy }
    if (found.policy === undefined) throw new Error("it exports no policy")
    return Policy.named(policy, found.policy)
  } catch (error) {
    throw refused(`${module} cannot be run: ${reason(error).replace(/\.$/, "")}; make the bundle again.`)
  }
}

const parsed = (specification: string): Policy.Policy => {
  try {
    return Policies.parse(specification)
  } catch (error) {
    throw refused((error as Error).message)
  }
}

/** Every file below a folder, which holds nothing else. */
const read = (folder: string): ReadonlyMap<string, Uint8Array> => {
  const files = new Map<string, Uint8Array>()
  const names = attempt(folder, () => readdirSync(folder, { recursive: true, encoding: "utf8" }))
  for (const name of names) {
    const kind = lstatSync(join(folder, name))
    if (kind.isFile()) files.set(name, readFileSync(join(folder, name)))
    else if (!kind.isDirectory()) throw refused(`${name} in ${folder} is no plain file; open the bundle again.`)
  }
  return files
}

const keys = (folder: string) =>
  attempt(folder, () => readdirSync(folder))
    .filter((name) => name.endsWith(".pem"))
    .map((name) => {
      const path = join(folder, name)
      return Result.getOrThrow(Keys.publicKey(readFileSync(path, "utf8"), path))
    })

const attempt = <A>(folder: string, action: () => A): A => {
  try {
    return action()
  } catch (error) {
    throw refused(`Cannot read ${folder}: ${reason(error)}; name another folder.`)
  }
}

const refused = (message: string) => new AgentError({ message })

/** Small releases for tests: signed, certified, and of no use. */
import { createPrivateKey, createPublicKey } from "node:crypto"
import * as Envelope from "@edgeol/core/guards/Envelope"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Certificate from "@edgeol/deploy/Certificate"
import * as Keys from "@edgeol/deploy/Keys"
import * as Manifest from "@edgeol/deploy/Manifest"
import * as Release from "@edgeol/deploy/Release"

export interface Signer {
  readonly pair: Keys.Pair
  readonly privateKey: ReturnType<typeof createPrivateKey>
  readonly publicKey: ReturnType<typeof createPublicKey>
}

export const signer = (): Signer => {
  const pair = Keys.make()
  return { pair, privateKey: createPrivateKey(pair.privateKey), publicKey: createPublicKey(pair.publicKey) }
}

const profile = `{"watts":7}\n`
const any = "0".repeat(64)

export const certificate: Certificate.Certificate = {
  format: "edgeol-certificate@1",
  version: 1,
  policy: { specification: "periodic:4", config: { every: 4 }, modules: any, files: [] },
  profile: { name: "orin-nano@15W", sha256: Manifest.sha256(profile) },
  scenarios: [{ name: "calm", sha256: any }],
  envelope: { roundsPerHour: 12 },
  tested: { cases: 1, seeds: [1], versions: { node: "24.21.0" }, worst: Envelope.nothing },
  issued: "2026-11-22T12:00:00Z"
}

const setup: Release.Setup = {
  format: "edgeol-setup@1",
  policy: "periodic:4",
  experiment: { name: "patterns/nic@1", content: {} },
  model: {},
  classes: ["a", "b"],
  shape: [1, 1, 1],
  checkpoint: "checkpoint-000000.safetensors",
  seed: 1,
  device: "orin-nano@15W"
}

/** The files of a release, as texts. */
export const texts = (by: Signer, changed: { readonly [path: string]: string } = {}) =>
  new Map(
    Object.entries({
      [Release.agent]: `console.log("agent")\n`,
      [Release.setup]: `${JSON.stringify(setup)}\n`,
      [Release.profile]: profile,
      [Release.certificate]: Certificate.sign(certificate, by.privateKey),
      "initial/checkpoint-000000.safetensors": "weights",
      ...changed
    }).map(([path, text]) => [path, new TextEncoder().encode(text)] as const)
  )

export const facts = (release = 1): Bundle.Contents["facts"] => ({
  release,
  target: "linux-x64",
  runtime: any,
  policy: "periodic:4",
  experiment: "patterns/nic@1"
})

/** A bundle of them. */
export const bundle = (by: Signer, release = 1, changed: { readonly [path: string]: string } = {}) =>
  Bundle.make({ files: texts(by, changed), facts: facts(release) }, by.privateKey)

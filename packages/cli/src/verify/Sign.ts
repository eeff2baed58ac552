/** The certificate of a policy that kept its promises, signed and written whole. */
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { dirname } from "node:path"
import type * as Envelope from "@edgeol/core/guards/Envelope"
import * as Certificate from "@edgeol/deploy/Certificate"
import * as Keys from "@edgeol/deploy/Keys"
import type { ModuleGraph } from "@edgeol/deploy/ModuleGraph"
import { canonical } from "@edgeol/sim/Canonical"
import * as CostProfile from "@edgeol/verify/CostProfile"
import { Clock, Effect, Result } from "effect"
import cli from "../../package.json" with { type: "json" }
import { CliError } from "../CliError.ts"
import * as Files from "../Files.ts"
import type { Named } from "./PolicyFile.ts"
import type { Stage } from "./Stage.ts"
import type { Options, Tried } from "./Trial.ts"

export interface Of {
  readonly named: Named
  readonly graph: ModuleGraph
  readonly stage: Stage
  readonly tried: Tried
  readonly envelope: Envelope.Envelope
  readonly options: Options
}

/** The private key in a file. */
export const key = Effect.fnUntraced(function* (path: string) {
  const text = yield* read(path, "name a private key with --key, or make one with edgeol keys")
  return yield* Effect.fromResult(Keys.privateKey(text, path))
})

/** Signs and writes; a certificate that lies there already, signed by the same key, makes this one newer. */
export const write = Effect.fnUntraced(function* (of: Of, keyFile: string, out: string) {
  const privateKey = yield* key(keyFile)
  const trusted = yield* Effect.fromResult(Keys.publicKey(Keys.publicText(privateKey), keyFile))
  const before = existsSync(out)
    ? yield* Effect.fromResult(
        Result.mapError(
          Certificate.open(yield* read(out), [trusted]),
          ({ message }) =>
            new CliError({ message: `${message.replace(/\.$/, "")}: name another file than ${out} with --out.` })
        )
      )
    : undefined
  const now = yield* Clock.currentTimeMillis
  const certificate = { ...about(of), version: (before?.version ?? 0) + 1, issued: new Date(now).toISOString() }
  const text = Certificate.sign(certificate, privateKey)
  yield* Files.change(dirname(out), () => Files.replace(out, text))
  return certificate
})

const about = ({ named, graph, stage, tried, envelope, options }: Of) =>
  ({
    format: Certificate.format,
    policy: {
      specification: named.specification,
      config: JSON.parse(JSON.stringify(named.policy.config)),
      modules: graph.sha256,
      files: graph.files
    },
    profile: { name: `${stage.device} ${stage.stream}`, sha256: sha256(CostProfile.encode(stage.profile)) },
    scenarios: [
      ...stage.kept.map(({ name, scenario }) => ({ name, sha256: sha256(canonical(scenario)) })),
      { name: `${tried.days.length} drawn days, seed ${options.seed}`, sha256: sha256(canonical(tried.days)) }
    ],
    envelope,
    tested: {
      cases: tried.runs.length,
      seeds: Array.from({ length: options.seeds }, (_, i) => options.seed + i),
      versions: { edgeol: cli.version, node: process.versions.node },
      worst: tried.worst
    }
  }) as const

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const read = (path: string, remedy = "check the path") =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; ${remedy}.` })
  })

/** The files of a release, from what was verified and what was learnt. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { KeyObject } from "node:crypto"
import { canonical } from "@edgeol/sim/Canonical"
import * as Device from "@edgeol/sim/Device"
import * as Certificate from "@edgeol/deploy/Certificate"
import * as Deploy from "@edgeol/deploy/Deploy"
import * as Keys from "@edgeol/deploy/Keys"
import * as Program from "@edgeol/deploy/Program"
import * as Release from "@edgeol/deploy/Release"
import * as CostProfile from "@edgeol/verify/CostProfile"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Option, type Schema } from "effect"
import { CliError } from "../CliError.ts"
import * as DeviceFile from "../DeviceFile.ts"
import * as Files from "../Files.ts"
import * as Settings from "../Settings.ts"
import * as Workload from "../Workload.ts"
import * as Model from "./Model.ts"
import * as Verified from "./Verified.ts"

export interface Options extends Model.Options {
  /** That of the certificate unless given. */
  readonly policy: Option.Option<string>
  readonly stream: string
  readonly device: string
  readonly certificate: string
}

/** All of them but the manifest; `privateKey` signed the certificate. */
export const make = Effect.fnUntraced(function* (options: Options, privateKey: KeyObject) {
  const text = yield* read(options.certificate)
  const certificate = yield* opened(options.certificate, text, privateKey)
  const verified = yield* Verified.of(Option.getOrUndefined(options.policy), certificate)
  const named = yield* Experiment.load(options.stream)
  const device = DeviceFile.portable(yield* DeviceFile.resolve(options.device))
  yield* Settings.equipped({}, device)
  const profile = CostProfile.encode(CostProfile.of(device, yield* Workload.of(named.experiment, options.data)))
  const model = yield* Model.make(named, options)
  const { name, experiment } = named
  const content = plain(experiment)
  const setup: Release.Setup = {
    format: "edgeol-setup@1",
    policy: verified.specification,
    ...(verified.own === undefined ? {} : { module: Release.policy }),
    experiment: { name, content },
    device,
    ...(device === options.device ? {} : { board: plain(Device.load(device).board) }),
    ...model.setup
  }
  const files = new Map<string, Uint8Array>([
    ...(yield* Verified.attempt(() => Program.build("agent", agent))),
    ...(verified.own === undefined ? [] : [[Release.policy, encode(verified.own)] as const]),
    ...model.files,
    [Release.device, yield* Deploy.program],
    [Release.setup, encode(`${canonical(setup)}\n`)],
    [Release.profile, encode(profile)],
    [Release.certificate, encode(text)]
  ])
  return { files, policy: verified.specification, experiment: name }
})

const plain = (value: object) => JSON.parse(JSON.stringify(value)) as { readonly [field: string]: Schema.Json }

const agent = fileURLToPath(import.meta.resolve("@edgeol/agent/main"))

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const opened = Effect.fnUntraced(function* (file: string, text: string, privateKey: KeyObject) {
  const key = yield* Effect.fromResult(Keys.publicKey(Keys.publicText(privateKey), file))
  return yield* Effect.mapError(
    Effect.fromResult(Certificate.open(text, [key])),
    ({ message }) => new CliError({ message: `${file}: ${message}` })
  )
})

const read = (path: string) =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) =>
      new CliError({ message: `Cannot read ${path}: ${Files.reason(error)}; make it with edgeol verify --key.` })
  })

/** `main --release DIR`: what does not fit is refused in one sentence, before anything is opened. */
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as Release from "@edgeol/agent/Release"
import * as Archive from "@edgeol/deploy/Archive"
import { seconds } from "@edgeol/core/Units"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Certificate from "@edgeol/deploy/Certificate"
import * as Device from "@edgeol/sim/Device"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import fc from "fast-check"
import { beforeAll, expect, onTestFinished, test } from "vitest"
import * as Releases from "../deploy/releases.ts"
import * as Toy from "./Toy.ts"

const by = Releases.signer()
let texts: { readonly [path: string]: string }

beforeAll(async () => {
  const { experiment, name } = await Effect.runPromise(Experiment.load("patterns/nic"))
  const setup = {
    format: "edgeol-setup@1",
    policy: "periodic:4",
    experiment: { name, content: experiment },
    model: { kind: "ConvNet", shape: [32, 32, 3], classes: 14, widths: [4, 8] },
    classes: Toy.stream.classes,
    shape: [32, 32, 3],
    checkpoint: "checkpoint-000000.safetensors",
    seed: 1,
    device: "orin-nano@15W"
  }
  texts = { "setup.json": `${JSON.stringify(setup)}\n` }
})

/** A release of these files, opened in a folder beside the keys that are trusted. */
const unpacked = async (changed: { readonly [path: string]: string } = {}, facts: object = {}) => {
  const home = Toy.folder()
  onTestFinished(() => Toy.remove(home))
  const contents = {
    files: Releases.texts(by, { ...texts, ...changed }),
    facts: { ...Releases.facts(), target: `linux-${process.arch}` as "linux-x64", ...facts }
  }
  const folder = join(home, "release")
  for (const [path, bytes] of await Archive.read(await Bundle.make(contents, by.privateKey))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  mkdirSync(join(home, "keys"))
  writeFileSync(join(home, "keys/mine.pem"), by.pair.publicKey)
  return { home, folder, keys: join(home, "keys") }
}

const opened = ({ folder, keys }: { readonly folder: string; readonly keys: string }) => Release.open(folder, keys, {})

test("is what the agent runs", async () => {
  const { subject, device } = await opened(await unpacked())
  expect(subject.policy.name).toBe("periodic:4")
  expect(subject.envelope).toEqual({ roundsPerHour: 12 })
  expect(subject.release).toBe(1)
  expect(subject.rule).toEqual({ samples: 24, seconds: 20 })
  expect(subject.validation).toBeCloseTo(1 / 3)
  expect(device).toBe("orin-nano@15W")
})

test("is refused for another key, another machine, another configuration, and what is no file", async () => {
  const { privateKey } = Releases.signer()
  const foreign = await unpacked({ "certificate.json": Certificate.sign(Releases.certificate, privateKey) })
  await expect(opened(foreign)).rejects.toThrow(
    /^The certificate is signed with the key \w+, which is not trusted here\.$/
  )
  const other = process.arch === "x64" ? "linux-arm64" : "linux-x64"
  await expect(opened({ ...foreign, keys: foreign.folder })).rejects.toThrow(/^The manifest is signed with the key/)
  const elsewhere = await unpacked({}, { target: other })
  await expect(opened(elsewhere)).rejects.toThrow(
    `The release is for ${other}, and this is linux-${process.arch}; bundle it`
  )
  const config = { ...Releases.certificate, policy: { ...Releases.certificate.policy, config: { every: 5 } } }
  const verified = await unpacked({ "certificate.json": Certificate.sign(config, by.privateKey) })
  await expect(opened(verified)).rejects.toThrow(
    "The certificate is for another configuration of periodic:4; verify it"
  )
  const linked = await unpacked()
  rmSync(join(linked.folder, "profile.json"))
  symlinkSync("/etc/passwd", join(linked.folder, "profile.json"))
  await expect(opened(linked)).rejects.toThrow(/^profile\.json in .* is no plain file; open the bundle again\.$/)
  const more = await unpacked()
  writeFileSync(join(more.folder, "more.js"), "")
  await expect(opened(more)).rejects.toThrow("The file more.js is not in the manifest; make the bundle again.")
})

/** A release of a policy that was in a file: its module, and what setup and certificate say of it. */
const ofFile = (module: string, { says = { module: "policy.js" }, config = { patience: 2 } } = {}) => {
  const specification = "./ideas.ts#patient"
  const setup = { ...(JSON.parse(texts["setup.json"]!) as object), policy: specification, ...says }
  const policy = { ...Releases.certificate.policy, specification, config }
  return unpacked({
    "policy.js": module,
    "setup.json": `${JSON.stringify(setup)}\n`,
    "certificate.json": Certificate.sign({ ...Releases.certificate, policy }, by.privateKey)
  })
}

/** A module that leaves a trace where it is loaded. */
const traced = (name: string) => `
globalThis.loaded = [...(globalThis.loaded ?? []), "${name}"]
const decide = (state, { _tag }) => [state, { _tag: _tag === "BatchArrived" ? "Train" : "Wait" }]
export const policy = { name: "patient", config: { patience: 2 }, initial: null, decide }
`
const loaded = () => (globalThis as { readonly loaded?: ReadonlyArray<string> }).loaded ?? []

test("runs a policy from a file, which it loads when all else fits", async () => {
  const release = await ofFile(traced("good"))
  const { subject } = await opened(release)
  expect(loaded()).toEqual(["good"])
  expect([subject.policy.name, subject.policy.config]).toEqual(["./ideas.ts#patient", { patience: 2 }])
  const arrived = { _tag: "BatchArrived", at: seconds(1), batch: 0, samples: 1 } as const
  expect(subject.policy.decide(null, arrived)).toEqual([null, { _tag: "Train" }])

  const changed = await ofFile(traced("changed"))
  writeFileSync(join(changed.folder, "policy.js"), traced("danger!"))
  await expect(opened(changed)).rejects.toThrow("The file policy.js has another SHA-256 than the manifest says;")
  const gone = await ofFile(traced("gone"))
  rmSync(join(gone.folder, "policy.js"))
  await expect(opened(gone)).rejects.toThrow("The file policy.js is missing; make the bundle again.")
  const elsewhere = { ...(await ofFile(traced("elsewhere"))), keys: gone.folder }
  await expect(opened(elsewhere)).rejects.toThrow(/^The manifest is signed with the key/)
  expect(loaded()).toEqual(["good"])
})

test("brings a device that was a file", async () => {
  const { board } = Device.load("orin-nano@15W")
  const setup = { ...(JSON.parse(texts["setup.json"]!) as object), device: "board.json#01234567@7W" }
  const release = (more: object) => unpacked({ "setup.json": `${JSON.stringify({ ...setup, ...more })}\n` })
  const { device } = await opened(await release({ board: JSON.parse(JSON.stringify(board)) as object }))
  expect(Device.load(device)).toMatchObject({ name: "board.json#01234567@7W", mode: board.modes["7W"] })
  await expect(opened(await release({ board: {} }))).rejects.toThrow(
    "setup.json: board does not fit this version of edgeol; make the bundle again."
  )
})

test("refuses a file's policy of another configuration, that throws, that is none, or under a name of the setup's own", async () => {
  const other = await ofFile(traced("other"), { config: { patience: 3 } })
  await expect(opened(other)).rejects.toThrow("The certificate is for another configuration of ./ideas.ts#patient;")
  const throws = await ofFile(`throw new Error("No luck.")\n`)
  await expect(opened(throws)).rejects.toThrow("policy.js cannot be run: No luck; make the bundle again.")
  const none = await ofFile(`export const other = 1\n`)
  await expect(opened(none)).rejects.toThrow("policy.js cannot be run: it exports no policy; make the bundle again.")
  const foreign = await ofFile(traced("foreign"), { says: { module: "../agent.js" } })
  await expect(opened(foreign)).rejects.toThrow(
    "setup.json does not fit this version of edgeol; make the bundle again."
  )
  const nameless = await ofFile(traced("nameless"), { says: {} as { module: string } })
  await expect(opened(nameless)).rejects.toThrow(/^There is no policy "\.\/ideas\.ts#patient"/)
})

test("is refused with any byte changed", async () => {
  const release = await unpacked()
  const names = ["setup.json", "certificate.json", "manifest.json", "manifest.sig", "profile.json", "agent.js"]
  const changed = fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
    const path = join(release.folder, names[at % names.length]!)
    const whole = readFileSync(path)
    const bytes = Buffer.from(whole)
    bytes[Math.floor(at / names.length) % bytes.length]! ^= bits
    writeFileSync(path, bytes)
    try {
      await expect(opened(release)).rejects.toThrow(/^The .*\.$/)
    } finally {
      writeFileSync(path, whole)
    }
  })
  await fc.assert(changed, { numRuns: 1000 })
  expect((await opened(release)).subject.release).toBe(1)
})

test("the service ends with one sentence and a code that is not 0", async () => {
  const { folder, home } = await unpacked()
  writeFileSync(join(folder, "profile.json"), "{}")
  const main = resolve(import.meta.dirname, "../../packages/agent/src/main.ts")
  const run = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" })
  const refused = run("--release", folder, "--state", join(home, "state"))
  expect(refused.stderr).toBe("The file profile.json has 2 bytes, not 12; copy or make the bundle again.\n")
  expect(refused.status).toBe(1)
  const usage = run("--release", folder)
  expect(usage.stderr).toMatch(/^--release and --state are needed; main --release DIR --state DIR .*\.\n$/)
  expect(usage.status).toBe(1)
})

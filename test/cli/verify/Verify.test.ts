import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as KeysCommand from "@edgeol/cli/commands/Keys"
import * as Verify from "@edgeol/cli/commands/Verify"
import * as DeviceFile from "@edgeol/cli/DeviceFile"
import type { Verdict } from "@edgeol/cli/verify/Verdict"
import * as Certificate from "@edgeol/deploy/Certificate"
import * as Keys from "@edgeol/deploy/Keys"
import * as ModuleGraph from "@edgeol/deploy/ModuleGraph"
import * as Laws from "@edgeol/verify/Laws"
import * as Device from "@edgeol/sim/Device"
import { Result } from "effect"
import { afterAll, expect, test } from "vitest"
import { run } from "../InProcess.ts"

const folder = mkdtempSync(join(tmpdir(), "edgeol-verify-"))
afterAll(() => rmSync(folder, { recursive: true }))

const files = {
  "sorry.ts": import.meta.resolve("./policies/sorry.ts"),
  "patience.ts": import.meta.resolve("./policies/patience.ts"),
  "clock.ts": import.meta.resolve("./policies/clock.ts"),
  "reader.ts": import.meta.resolve("./policies/reader.ts")
}
const own = (name: keyof typeof files) => fileURLToPath(files[name])
const few = ["--cases", "4", "--seeds", "1", "--scenario", "pendulum"]

const verify = async (...flags: ReadonlyArray<string>) => {
  const said = await run(Verify.command, ...flags, "--json")
  return { ...said, verdict: JSON.parse(said.stdout) as Verdict & { certificate: { version: number } | null } }
}

test("a policy keeps the laws, and without promises it is said what holds", async () => {
  const { verdict, error } = await verify("edgeol", ...few)
  expect(error).toBeUndefined()
  expect(verdict.laws.map(({ law, kept }) => [law, kept])).toEqual(Object.keys(Laws.laws).map((law) => [law, true]))
  expect(verdict).toMatchObject({ policy: "edgeol", device: "orin-nano@15W", runs: 5, breaches: [], builtins: [] })
  const worst = Object.fromEntries(verdict.promises.map(({ promise, worst }) => [promise, worst]))
  for (const name of ["joulesPerHour", "roundsPerHour", "staleness", "latency", "stateBytes"]) {
    expect(worst[name], name).toBeGreaterThan(0)
  }
  expect((await verify("edgeol", ...few)).verdict).toEqual(verdict)
})

test("a broken promise shrinks, and the line that is printed replays it", async () => {
  const { verdict, error } = await verify(
    "immediate",
    "--promise",
    "roundsPerHour=6",
    "--cases",
    "6",
    "--scenario",
    "none"
  )
  expect(error).toBe("immediate breaks a promise: roundsPerHour.")
  const [breach] = verdict.breaches
  expect(breach).toMatchObject({ promise: "roundsPerHour", reached: 7, bound: 6 })
  const tape = readFileSync(breach!.tape, "utf8").trim().split("\n")
  expect(tape.filter((line) => line.includes("RoundStarted"))).toHaveLength(6)
  expect(JSON.parse(tape.at(-1)!).observation.at).toBe(breach!.at)

  const words = breach!.replay.split(" ").slice(2)
  expect(breach!.replay.startsWith("edgeol verify immediate ")).toBe(true)
  const again = await verify(...words)
  expect(again.error).toBe("immediate breaks a promise: roundsPerHour.")
  expect(again.verdict.breaches[0]).toMatchObject({ at: breach!.at, reached: 7, scenario: breach!.scenario })
})

test("a promise that only a kept scenario breaks names it", async () => {
  const { verdict } = await verify("immediate", "--promise", "stateBytes=9,joulesPerHour=1", ...few.with(1, "0"))
  expect(verdict.breaches).toMatchObject([{ promise: "joulesPerHour", scenario: "pendulum", seed: 1 }])
  expect(verdict.promises.map(({ promised, kept }) => [promised, kept])).toContainEqual([9, true])
})

test("with a key it signs; a new certificate in its place is newer; another's is left alone", async () => {
  const [key, out] = [join(folder, "a.key"), join(folder, "certificate.json")]
  await run(KeysCommand.command, key)
  const trusted = [Result.getOrThrow(Keys.publicKey(readFileSync(`${key}.pub`, "utf8"), key))]
  writeFileSync(join(folder, "envelope.yaml"), "latency: 2\nroundsPerHour: 4000\n")
  const flags = ["--envelope", join(folder, "envelope.yaml"), "--promise", "latency=1.5", "--key", key, "--out", out]
  const { verdict, error } = await verify(own("sorry.ts"), ...flags, ...few)
  expect(error).toBeUndefined()
  expect(verdict.certificate).toEqual({ file: out, version: 1 })
  const certificate = Result.getOrThrow(Certificate.open(readFileSync(out, "utf8"), trusted))
  expect(certificate).toMatchObject({
    version: 1,
    policy: { specification: own("sorry.ts"), config: { patience: 12 } },
    profile: { name: "orin-nano@15W patterns/nic@1" },
    envelope: { latency: 1.5, roundsPerHour: 4000 },
    tested: { cases: 5, seeds: [1], versions: { node: process.versions.node } }
  })
  expect(certificate.policy.modules).toBe((await ModuleGraph.of(own("sorry.ts"))).sha256)
  const paths = certificate.policy.files.map(({ path }) => path)
  expect(paths.filter((path) => path.startsWith("@edgeol/test"))).toEqual([
    "@edgeol/test@0.1.0/cli/verify/policies/patience.ts",
    "@edgeol/test@0.1.0/cli/verify/policies/sorry.ts"
  ])

  expect((await verify(own("sorry.ts"), ...flags, ...few)).verdict.certificate?.version).toBe(2)
  const other = join(folder, "b.key")
  await run(KeysCommand.command, other)
  const refused = await run(Verify.command, own("sorry.ts"), ...flags.with(5, other), ...few)
  expect(refused.error).toMatch(/which is not trusted here: name another file than .* with --out\.$/)
  expect(Result.getOrThrow(Certificate.open(readFileSync(out, "utf8"), trusted)).version).toBe(2)
})

test("nothing is signed for a policy that breaks a law, a promise, or asks Node for something", async () => {
  const key = join(folder, "c.key")
  await run(KeysCommand.command, key)
  const out = join(folder, "none.json")
  const signed = ["--key", key, "--out", out, "--promise", "latency=1.5"]
  const clock = await verify(`${own("clock.ts")}#late`, ...signed, ...few)
  expect(clock.error).toBe("late calls Date.now in decide: time is observation.at.")
  expect(clock.verdict).toMatchObject({ runs: 0, certificate: null })
  expect(clock.verdict.laws.find(({ kept }) => !kept)?.tape).toBe('[{"_tag":"Started","at":0,"units":1}]')
  const reader = await verify(own("reader.ts"), ...signed, ...few)
  expect(reader.error).toBe(
    "reader imports node:os: a policy sees nothing but its observations; leave that to an adapter."
  )
  const slow = await run(Verify.command, "immediate", ...signed.with(5, "latency=0.001"), ...few)
  expect(slow.error).toBe("immediate breaks a promise: latency.")
  expect(existsSync(out)).toBe(false)
})

test("a device may be a file, and its certificate says the same wherever that lies; a breach on it is replayed", async () => {
  const key = join(folder, "device.key")
  await run(KeysCommand.command, key)
  const trusted = [Result.getOrThrow(Keys.publicKey(readFileSync(`${key}.pub`, "utf8"), key))]
  const profileOf = async (place: string) => {
    const [device, out] = [join(folder, place, "board.json"), join(folder, `${place}.json`)]
    mkdirSync(join(folder, place))
    writeFileSync(device, DeviceFile.print(Device.load("orin-nano").board))
    const flags = ["--device", `${device}@7W`, "--promise", "latency=1.5", "--key", key, "--out", out]
    expect((await run(Verify.command, "periodic:4", ...flags, ...few)).error).toBeUndefined()
    return Result.getOrThrow(Certificate.open(readFileSync(out, "utf8"), trusted)).profile
  }
  const here = await profileOf("here")
  expect(here.name).toMatch(/^board\.json#[\da-f]{8}@7W patterns\/nic@1$/)
  expect(await profileOf("there")).toEqual(here)

  const flags = ["--device", join(folder, "here/board.json"), "--promise", "roundsPerHour=6", "--cases", "3"]
  const [breach] = (await verify("immediate", ...flags, "--scenario", "none")).verdict.breaches
  const [again] = (await verify(...breach!.replay.split(" ").slice(2))).verdict.breaches
  expect(again).toMatchObject({ at: breach!.at, reached: 7, scenario: breach!.scenario })
})

test("what cannot be verified is refused in a sentence", async () => {
  const refused = async (...flags: ReadonlyArray<string>) => (await run(Verify.command, ...flags)).error
  const key = join(folder, "d.key")
  await run(KeysCommand.command, key)
  expect(await refused("edgeol", "--promise", "speed=3")).toBe(
    'There is no promise "speed"; there are joulesPerHour, roundsPerHour, staleness, latency, stateBytes, progress.'
  )
  expect(await refused("edgeol", "--promise", "latency=fast")).toBe(
    "--promise latency=fast: give the most that it may be, in s, as latency=1.5."
  )
  expect(await refused("edgeol", "--key", key)).toMatch(/^A certificate is about promises: /)
  expect(await refused("edgeol", "--key", "/nowhere/key", "--promise", "latency=1")).toMatch(
    /^Cannot read \/nowhere\/key/
  )
  expect(await refused("edgeol", "--key", own("sorry.ts"), "--promise", "latency=1")).toMatch(
    /sorry\.ts holds no private Ed25519 key; make a pair with edgeol keys\.$/
  )
  expect(await refused(own("clock.ts"))).toMatch(
    /exports the policies early, late; name one of them, as in .*#early\.$/
  )
  expect(await refused(own("patience.ts"))).toMatch(/exports no policy; export one made with Policy\.make\.$/)
  expect(await refused("./nowhere.ts")).toMatch(/^Cannot read the policy in \.\/nowhere\.ts: /)
  writeFileSync(join(folder, "alone.ts"), 'import { x } from "./none.ts"\nexport const y = x\n')
  expect(await refused(join(folder, "alone.ts"))).toMatch(/alone\.ts: .*; correct the file and run again\.$/)
  expect(await refused("edgeol", "--scenario", "camera2")).toMatch(/^There is no scenario called "camera2"; .*pendulum/)
  expect(await refused("edgeol", "--cases", "-1")).toBe("--cases must be at least 0, not -1.")
  const mode = Object.keys(Device.load("agx-orin").board.modes)
  expect(mode).not.toContain("7W")
  expect(await refused("edgeol", "--device", "agx-orin", "--scenario", "robot")).toMatch(/^robot: .*7W/)
  writeFileSync(join(folder, "bad.yaml"), "latency: 2\nspeed: 3\n")
  expect(await refused("edgeol", "--envelope", join(folder, "bad.yaml"))).toMatch(/bad\.yaml, line 2, "speed"/)
})

test("a private key is for its owner alone, and never replaced", async () => {
  const key = join(folder, "mine.key")
  const { stdout } = await run(KeysCommand.command, key)
  expect(stdout).toMatch(/^Key [0-9a-f]{16}: keep /)
  expect(statSync(key).mode & 0o777).toBe(0o600)
  const text = readFileSync(key, "utf8")
  expect((await run(KeysCommand.command, key)).error).toMatch(/mine\.key: file already exists; name another file\.$/)
  expect(readFileSync(key, "utf8")).toBe(text)
})

test("what would be ignored is refused", async () => {
  const refused = async (...flags: ReadonlyArray<string>) => (await run(Verify.command, "edgeol", ...flags)).error
  expect(await refused("--out", join(folder, "unsigned.json"))).toBe(
    "--out names the certificate, which needs a signature; name a private key with --key."
  )
  expect(await refused("--promise", "latency=1,staleness=9", "--promise", "latency=2")).toBe(
    "--promise names latency twice; give one bound for it."
  )
})

import * as Rng from "@edgeol/core/Rng"
import * as Archive from "@edgeol/deploy/Archive"
import * as Bundle from "@edgeol/deploy/Bundle"
import { BundleError } from "@edgeol/deploy/BundleError"
import * as Manifest from "@edgeol/deploy/Manifest"
import fc from "fast-check"
import { expect, test } from "vitest"
import * as Flips from "./Flips.ts"
import * as Releases from "./releases.ts"

const by = Releases.signer()
const trusted = [by.publicKey]

test("opening gives what was bundled, and equal inputs give equal bytes", async () => {
  const bytes = await Releases.bundle(by)
  const { manifest, setup, hash } = await Bundle.open(bytes, trusted)
  expect([manifest.release, setup.policy, hash]).toEqual([1, "periodic:4", Manifest.sha256(bytes)])
  expect(Buffer.compare(bytes, await Releases.bundle(by))).toBe(0)
})

/** One sentence of ours, and never a parser's. */
const refusal = async (bytes: Uint8Array): Promise<string | undefined> => {
  try {
    await Bundle.open(bytes, trusted)
    return undefined
  } catch (cause) {
    expect(cause).toBeInstanceOf(BundleError)
    return (cause as BundleError).message
  }
}

test("every changed byte of a small bundle is refused in one sentence", async () => {
  const bytes = await Releases.bundle(by)
  const { flips, refused } = await Flips.flip(Flips.bundle(bytes, trusted), bytes.keys(), Rng.named(2, "flips"))
  expect([flips, refused]).toEqual([bytes.length, bytes.length])
})

test("random changed bytes of a larger bundle are refused; Flips.ts tries 100,000 of a real one", async () => {
  const weights = "w".repeat(1_000_000)
  const bytes = await Releases.bundle(by, 1, { "initial/checkpoint-000000.safetensors": weights })
  const rng = Rng.named(1, "flips")
  const places = Array.from({ length: 100 }, () => rng.below(bytes.length))
  expect(await Flips.flip(Flips.bundle(bytes, trusted), places, rng)).toMatchObject({ flips: 100, refused: 100 })
})

test("every shorter bundle is refused, and every longer one", async () => {
  const bytes = await Releases.bundle(by)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
      expect(await refusal(bytes.subarray(0, length))).toBeDefined()
    })
  )
  expect(await refusal(Buffer.concat([bytes, Buffer.alloc(512)]))).toBeDefined()
})

/** A bundle changed after it was signed, packed again as it should be. */
const tampered = async (change: (files: Map<string, Uint8Array>) => void) => {
  const files = new Map(await Archive.read(await Releases.bundle(by)))
  change(files)
  return Archive.write(files)
}

const encode = (text: string) => new TextEncoder().encode(text)

test.each<readonly [why: string, change: (files: Map<string, Uint8Array>) => void]>([
  ["agent.js is missing", (files) => files.delete("agent.js")],
  ["certificate.json is missing", (files) => files.delete("certificate.json")],
  ["manifest.json is missing", (files) => files.delete("manifest.json")],
  ["manifest.sig is missing", (files) => files.delete("manifest.sig")],
  ["extra.js is not in the manifest", (files) => files.set("extra.js", encode("boo"))],
  ["has 3 bytes, not", (files) => files.set("agent.js", encode("boo"))],
  ["another SHA-256", (files) => files.set("agent.js", encode(`console.log("tnega")\n`))],
  [
    "The manifest is not what was signed",
    (files) => files.set("manifest.json", encode(Manifest.encode(Manifest.of(files, Releases.facts(9)))))
  ]
])("refuses a bundle: %s", async (why, change) => {
  expect(await refusal(await tampered(change))).toContain(why)
})

test("refuses the key of a stranger, also where only the certificate is his", async () => {
  const stranger = Releases.signer()
  expect(await refusal(await Releases.bundle(stranger))).toMatch(/^The manifest is signed with the key .* not trusted/)
  const foreign = await Bundle.make({ files: Releases.texts(stranger), facts: Releases.facts() }, by.privateKey)
  expect(await refusal(foreign)).toMatch(/^The certificate is signed with the key .* not trusted/)
})

test("refuses a certificate of another policy or cost profile", async () => {
  const setup = new TextDecoder().decode(Releases.texts(by).get("setup.json"))
  const other = await Releases.bundle(by, 1, { "setup.json": setup.replace("periodic:4", "immediate") })
  expect(await refusal(other)).toContain("for the policy periodic:4, and the bundle runs immediate")
  expect(await refusal(await Releases.bundle(by, 1, { "profile.json": "{}" }))).toContain("another cost profile")
})

test("an older release is refused, the same one and a newer one are not", async () => {
  const [one, two, other] = await Promise.all(
    [Releases.bundle(by, 1), Releases.bundle(by, 2), Releases.bundle(by, 2, { "agent.js": "1\n" })].map(async (bytes) =>
      Bundle.open(await bytes, trusted)
    )
  )
  const installed = { release: 2, hash: two!.hash }
  expect(Bundle.older(one!, undefined)).toBeUndefined()
  expect(Bundle.older(two!, installed)).toBeUndefined()
  expect(Bundle.older(two!, { release: 1, hash: one!.hash })).toBeUndefined()
  expect(Bundle.older(one!, installed)).toContain("Release 1 is older than release 2")
  expect(Bundle.older(other!, installed)).toContain("Release 2 is another bundle of release 2")
})

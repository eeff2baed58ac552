import * as Manifest from "@edgeol/deploy/Manifest"
import * as Successor from "@edgeol/deploy/Successor"
import { expect, test } from "vitest"
import * as Releases from "./releases.ts"

const by = Releases.signer()
const files = { "Schema.js": "1", "policy.js": "1", "device.js": "1", "initial/reference.safetensors": "1" }
const manifest = (changed: { readonly [path: string]: string } = {}, facts: object = {}) =>
  Manifest.of(Releases.texts(by, { ...files, ...changed }), { ...Releases.facts(), ...facts })
const one = manifest()

test("what a release is told may differ", () => {
  for (const path of ["policy.js", "device.js", "setup.json", "profile.json", "certificate.json"]) {
    expect(Successor.fits(manifest({ [path]: "other" }), one)).toBe(true)
  }
  expect(Successor.fits(manifest({ "initial/reference.safetensors": "2", "initial/more": "2" }), one)).toBe(true)
  expect(Successor.fits(manifest({}, { release: 9, policy: "edgeol", experiment: "other" }), one)).toBe(true)
})

test("what runs may not", () => {
  for (const path of ["agent.js", "Schema.js", "Added.js", "initial.js", "app/setup.json"]) {
    expect(Successor.fits(manifest({ [path]: "other" }), one)).toBe(false)
  }
  expect(Successor.fits(one, manifest({ "Added.js": "other" }))).toBe(false)
  expect(Successor.fits(manifest({}, { runtime: "1".repeat(64) }), one)).toBe(false)
  expect(Successor.fits(manifest({}, { target: "linux-arm64" }), one)).toBe(false)
})

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Learn from "@edgeol/sim/cost/Learn"
import * as Profile from "@edgeol/sim/cost/Profile"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { modes, observe } from "./boards.ts"

const folder = fileURLToPath(new URL("../../../packages/sim/profiles/", import.meta.url))
const shipped = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => [file, readFileSync(`${folder}${file}`, "utf8")] as const)

const observations = observe(0.02, 1)
const { fit, profiled } = Learn.learn(observations, 20, 1, "random")
const about: Profile.About = {
  name: "made/up",
  board: "made",
  workload: "up",
  provenance: { files: [], doi: "", note: "synthetic" }
}
const profile = Profile.make(
  about,
  fit,
  profiled.map((i) => modes[i]!)
)
const text = Profile.print(profile)

const message = (content: string) => {
  try {
    Profile.parse("mine.json", content)
    return "read"
  } catch (error) {
    if (error instanceof Profile.ProfileError) return error.message
    throw error
  }
}

describe("a profile", () => {
  it("predicts the same after it was written and read", () => {
    const again = Profile.parse("mine.json", text)
    for (const mode of modes.slice(0, 60)) expect(Profile.predict(again, mode)).toEqual(Profile.predict(profile, mode))
    expect(Profile.print(again)).toBe(text)
  })

  it("says so outside of what was measured", () => {
    const inside = modes[profiled[0]!]!
    expect(Profile.predict(profile, inside).outside).toEqual([])
    const far = Profile.predict(profile, { ...inside, gpu: 5e9, cores: 64 }).outside
    expect(far).toHaveLength(2)
    expect(far.join()).toMatch(/gpu 5000 MHz is outside/)
  })

  it("is refused when older, damaged or not one", () => {
    expect(message(text.replace('"version": 1', '"version": 0'))).toMatch(/^mine.json: it is of version 0, .* rebuild/)
    expect(message(text.replace("made/up", "made/down"))).toMatch(/does not match its hash/)
    expect(message("{}")).toMatch(/version none/)
    expect(message('{"version":1}')).toMatch(/fields of a profile/)
    expect(message(text.slice(0, 500))).toMatch(/not JSON, or ends too early/)
  })

  it("never reads what was cut or flipped, but for spaces", () => {
    let refused = 0
    const compact = JSON.stringify(JSON.parse(text))
    fc.assert(
      fc.property(fc.nat({ max: compact.length - 1 }), fc.nat({ max: 6 }), fc.boolean(), (at, bit, cut) => {
        const flipped = String.fromCharCode(compact.charCodeAt(at) ^ (1 << bit))
        const bad = cut ? compact.slice(0, at) : compact.slice(0, at) + flipped + compact.slice(at + 1)
        const said = message(bad)
        // A digit beyond the precision of a double, or an `e` for an `E`, changes nothing.
        if (said === "read") expect(JSON.stringify(JSON.parse(bad))).toBe(compact)
        else refused++
      }),
      { numRuns: 10_000 }
    )
    expect(refused).toBeGreaterThan(9500)
  })
})

describe.each(shipped)("the profile %s", (file, content) => {
  const { body } = Profile.parse(file, content)
  const own = Profile.parse(file, content)

  it("reads, and predicts its own modes with sound numbers", () => {
    expect(`${body.name.replace("/", "-")}.json`).toBe(file)
    for (const mode of body.modes) {
      const { time, power, outside } = Profile.predict(own, mode)
      expect(outside).toEqual([])
      for (const { low, value, high } of [time, power]) {
        expect(low > 0 && low <= value && value <= high && Number.isFinite(high)).toBe(true)
      }
    }
  })

  it("names its sources", () => {
    expect(body.provenance.doi).toMatch(/^10\./)
    for (const { sha256 } of body.provenance.files) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})

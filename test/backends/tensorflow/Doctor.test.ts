import { join } from "node:path"
import * as Doctor from "@edgeol/backends/tensorflow/Doctor"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import * as Fixture from "./Fixture.ts"

const wrong = (findings: ReadonlyArray<Doctor.Finding>) => findings.flatMap(({ ok, name }) => (ok ? [] : [name]))

describe("Doctor", () => {
  it("finds nothing wrong where training works", { timeout: 600_000 }, async () => {
    await Effect.runPromise(Tensorflow.ensure)
    const findings = await Effect.runPromise(Doctor.report)
    expect(wrong(findings)).toEqual([])
    expect(findings.map(({ name }) => name)).toContain("device")
  })

  it("has a remedy for each part of a bare machine", () =>
    Fixture.folder(async (path) => {
      const env = { PATH: path, EDGEOL_CACHE: join(path, "cache"), EDGEOL_TENSORFLOW: undefined }
      const findings = await Fixture.under(env, Doctor.report)
      expect(wrong(findings)).toEqual(["Python", "pip", "C++ compiler", "TensorFlow"])
      for (const { ok, remedy } of findings) if (!ok) expect(remedy).toMatch(/\w/)
    }))

  it("asks for neither Python nor pip when a TensorFlow is named", () =>
    Fixture.folder(async (path) => {
      const findings = await Fixture.under({ PATH: path, EDGEOL_TENSORFLOW: path }, Doctor.report)
      expect(wrong(findings)).toEqual(["C++ compiler", "TensorFlow"])
    }))

  it("calls an old Node wrong", () => {
    expect(Doctor.node("20.19.0").ok).toBe(false)
    expect(Doctor.node("24.21.0").ok).toBe(true)
  })
})

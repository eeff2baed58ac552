import * as Wheel from "@edgeol/backends/tensorflow/Wheel"
import { describe, expect, it } from "vitest"

describe("Wheel", () => {
  it.each(["x64", "arm64"])("is pinned for linux %s", (arch) => {
    const wheel = Wheel.forMachine("linux", arch)
    expect(wheel?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(wheel?.file).toContain(`-${wheel?.version}-cp${wheel?.python}-cp${wheel?.python}-${wheel?.platform}.whl`)
  })

  it.each([
    ["linux", "riscv64"],
    ["darwin", "arm64"]
  ])("is not for %s %s", (platform, arch) => expect(Wheel.forMachine(platform, arch)).toBeUndefined())
})

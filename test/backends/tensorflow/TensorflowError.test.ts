import * as Failure from "@edgeol/backends/tensorflow/TensorflowError"
import { describe, expect, it } from "vitest"

const failed = (code: string) => Failure.ofWrite("/cache", Object.assign(new Error("failed"), { code }))

describe("TensorflowError", () => {
  it("tells a full disk from a folder without the right to write", () => {
    expect(failed("ENOSPC").reason).toBe("NoSpace")
    expect(failed("EDQUOT").reason).toBe("NoSpace")
    expect(failed("EACCES").reason).toBe("Unwritable")
    expect(failed("EACCES").message).toContain("/cache cannot be written (EACCES)")
  })
})

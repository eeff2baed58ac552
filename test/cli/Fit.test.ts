import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { csv, modes, observe } from "../sim/cost/boards.ts"

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "edgeol-fit-"))
afterAll(() => rmSync(folder, { recursive: true }))

const table = join(folder, "modes.csv")
writeFileSync(
  table,
  csv(
    observe(
      0.02,
      1,
      modes.filter((_, i) => i % 5 === 0)
    )
  )
)

const fit = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [main, "fit", ...args], { encoding: "utf8", timeout: 60_000 })

describe("edgeol fit", () => {
  it("prints errors and coverage of the modes not used, as JSON", () => {
    const { status, stdout } = fit("--table", table, "--modes", "20", "--seeds", "2", "--json")
    expect(status).toBe(0)
    const result = JSON.parse(stdout) as Record<string, Record<string, number>> & { unseen: number }
    expect(result.unseen).toBe(147 - 20)
    for (const quantity of ["time", "power"]) {
      for (const name of ["mape", "bias", "p90", "coverage90", "width90"]) {
        expect(Number.isFinite(result[quantity]![name])).toBe(true)
      }
      expect(result[quantity]!.mape).toBeLessThan(0.05)
    }
  })

  it("chooses for a decision, and says what the decision costs", () => {
    const { status, stdout } = fit(
      "--table",
      table,
      "--modes",
      "20",
      "--seeds",
      "1",
      "--choice",
      "doubt",
      "--within",
      "0.3"
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/cheapest within 0\.3 s takes .{1,9} more joules/)
  })

  it.each([
    [["--table", table, "--choice", "doubt"], /give --within seconds/],
    [["--table", table, "--within", "0"], /--within must be above 0 seconds, not 0/],
    [["--table", join(folder, "none.csv")], /Cannot read .*none\.csv/],
    [["--table", table, "--modes", "147"], /has 147 modes, so --modes must be at most 146/],
    [["--table", table, "--modes", "3"], /--modes must be at least 10, not 3/],
    [["--table", table, "--seeds", "0"], /--seeds must be at least 1/],
    [["--table", table, "--where", "bs"], /--where must be column=value/],
    [["--table", table, "--time-unit", "s"], /unit mistaken by 10\^3/],
    [[], /Name a table/]
  ] as const)("answers %j in one sentence", (args, reason) => {
    const { status, stderr, stdout } = fit(...args)
    expect(status).not.toBe(0)
    expect(stderr).toMatch(reason)
    expect(stderr.trim().split("\n")).toHaveLength(1)
    expect(stdout).toBe("")
  })
})

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Meter from "@edgeol/cli/commands/Meter"
import { describe, expect, onTestFinished, test } from "vitest"
import { data } from "../data.ts"
import * as JetsonTree from "../fakes/JetsonTree.ts"
import * as Edgeol from "./Edgeol.ts"
import * as InProcess from "./InProcess.ts"

const logs = join(data, "jetson/tegrastats")

const line = (milliwatts: number) =>
  `RAM 896/7859MB (lfb 2x4MB) CPU [4%@1510] tj@49.5C VDD_IN ${milliwatts}mW/${milliwatts}mW`

const board = (id: "orin-nano" | "agx-xavier", hold: number) => {
  const tree = JetsonTree.build(id, "hwmon", hold)
  onTestFinished(tree.remove)
  return tree
}

const meter = (...flags: ReadonlyArray<string>) => InProcess.run(Meter.command, ...flags)

describe("a recorded log", () => {
  test("is added up, and its damage named with its place", async () => {
    const log = join(Edgeol.folder(), "a.log")
    writeFileSync(log, [line(5000), line(7000), "RAM 896/7859MB (lfb", line(7000), ""].join("\n"))
    const flags = ["--replay", log, "--interval", "0.5"]
    const json = JSON.parse((await meter(...flags, "--json")).stdout)
    expect(Object.keys(json).slice(0, 6)).toEqual(["lines", "unparsed", "seconds", "joules", "error", "rails"])
    expect(json).toMatchObject({ lines: 4, unparsed: 1, seconds: 1.5, joules: 3 + 7 })
    expect(json.error).toBeGreaterThan(0.05 * 10)
    expect(json.rails).toEqual({ VDD_IN: { joules: json.joules, meanWatts: json.joules / 1.5 } })
    const text = (await meter(...flags)).stdout
    expect(text).toMatch(/^4 lines, 1 of them damaged, 1\.50 s: 10\.0 J ± .* \(VDD_IN\)\n/)
    expect(text).toMatch(/a\.log:3:\d+: expected .*\n$/)
  })

  test("of a real board is read whole", async ({ skip }) => {
    skip(!existsSync(logs), `no recorded logs in ${logs}`)
    const names = readdirSync(logs).filter((name) => name.endsWith(".log"))
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) {
      const { lines, unparsed } = JSON.parse((await meter("--replay", join(logs, name), "--json")).stdout)
      expect.soft({ name, unparsed, some: lines > 0 }).toEqual({ name, unparsed: 0, some: true })
    }
  })

  test("that is missing, empty or something else is refused in a sentence", async () => {
    const folder = Edgeol.folder()
    const [empty, prose] = [join(folder, "empty.log"), join(folder, "prose.log")]
    writeFileSync(empty, "\n")
    writeFileSync(prose, "It was a dark and stormy night.\n")
    const refused = async (...flags: ReadonlyArray<string>) => (await meter("--replay", ...flags)).error
    expect(await refused(join(folder, "none.log"))).toMatch(/^Cannot read .*none\.log: no such file .*; name a log/)
    expect(await refused(folder)).toMatch(/^Cannot read .*directory.*; name a log/)
    expect(await refused(empty)).toMatch(/empty\.log is empty; record one/)
    expect(await refused(prose)).toMatch(/prose\.log holds no line of tegrastats; record one/)
    expect(await refused(prose, "--", "ls")).toMatch(/^--replay reads a log and runs no command/)
    for (const interval of ["0", "-1"]) {
      expect(await refused(prose, `--interval=${interval}`)).toMatch(/^--interval must be a number of seconds above 0/)
    }
  })
})

describe("a board", () => {
  test("measures a command, whose flags, output, signals and exit code stay its own", async () => {
    const { root } = board("agx-xavier", 2)
    const work = `process.on("SIGTERM", () => setTimeout(() => process.exit(3), 300))
      setInterval(() => {}, 1000)
      console.log(process.argv.slice(1).join())`
    const command = [process.execPath, "-e", work, "--", "--json", "--help"]
    const edgeol = Edgeol.start("meter", "--root", root, "--json", "--", ...command)
    edgeol.stderr!.once("data", () => edgeol.kill("SIGTERM"))
    const { code, stdout, stderr } = await Edgeol.ended(edgeol)
    expect({ code, stderr }).toEqual({ code: 3, stderr: "--json,--help\n" })
    const said = JSON.parse(stdout)
    // Six rails of 2 W each are the module of an AGX Xavier.
    expect(said).toMatchObject({ command, code: 3, source: expect.stringContaining("AGX Xavier") })
    expect(said.total).toHaveLength(6)
    expect(said.seconds).toBeGreaterThan(0.3)
    expect(said.joules / said.seconds).toBeCloseTo(12, 0)
    expect(said.error).toBeGreaterThan(0)
    expect(said.meterSeconds).toBeGreaterThan(0)
    for (const rail of Object.values(said.rails)) expect(rail).toMatchObject({ meanWatts: expect.closeTo(2, 1) })
  })

  test("is watched until Ctrl-C, and the total is the last thing said", async () => {
    const { root } = board("orin-nano", 3)
    const command = Edgeol.start("meter", "--root", root)
    command.stdout!.once("data", () => command.kill("SIGINT"))
    const { code, stdout, stderr } = await Edgeol.ended(command)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const [moment, total] = stdout.split("\n")
    expect(moment).toMatch(/^ +1 s +3\.00 W {2}█ {2}[\d.]+ J ± [\d.]+ mJ {2}VDD_IN 3\.00 W {2}VDD_CPU_GPU_CV 3\.00 W/)
    expect(total).toMatch(/^Total: [\d.]+ J ± [\d.]+ mJ in [\d.]+ m?s, mean 3\.00 W \(Jetson Orin Nano, VDD_IN\)$/)
  })

  test("without sensors is one sentence, and nothing runs", async () => {
    const root = Edgeol.folder()
    const { error, stdout } = await meter("--root", root, "--", "touch", join(root, "ran"))
    expect(error).toBe(
      `No power sensor under ${root}, neither a Jetson's rails nor RAPL; run on a board, or give --root DIR or --replay LOG.`
    )
    expect({ stdout, ran: existsSync(join(root, "ran")) }).toEqual({ stdout: "", ran: false })
  })

  test("that hides its sensors says what to do, as does a command that is not there", async () => {
    const { root } = board("orin-nano", 3)
    expect((await meter("--root", root, "--", "no-such-command")).error).toMatch(
      /^There is no command "no-such-command"/
    )
    rmSync(join(root, "sys/bus"), { recursive: true })
    rmSync(join(root, "sys/class"), { recursive: true })
    expect((await meter("--root", root)).error).toMatch(/^Jetson Orin Nano: no sensor for VDD_IN .*; .*\.$/)
  })
})

/** The command as a person and a script meet it: help, JSON, and a sentence for whatever is wrong. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Experiment from "@edgeol/streams/Experiment"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { data as shared } from "../data.ts"
import * as Edgeol from "./Edgeol.ts"

const home = mkdtempSync(join(tmpdir(), "edgeol-cli-"))
const stream = Edgeol.tiny(home)
const inHome = (name: string) => join(home, name)
/** A run and a comparison that ended, for the tests to look at. */
const [ran, compared] = [inHome("ran"), inHome("compared")]
let run: Edgeol.Ended
let comparison: Edgeol.Ended

const repeatable = ["--stream", stream, ...Edgeol.repeatable]

beforeAll(async () => {
  const policies = ["--policies", "immediate,periodic:2", "--seeds", "2"]
  ;[run, comparison] = await Promise.all([
    Edgeol.run("run", ...repeatable, "--policy", "immediate", "--out", ran, "--json"),
    Edgeol.run("compare", ...repeatable, ...policies, "--out", compared, "--json")
  ])
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Every byte below a folder. */
const bytes = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path)).toString("hex")])
  )

/** What was said in one sentence to refuse this. */
const refusal = async (...flags: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await Edgeol.run(...flags)
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  const [sentence, ...more] = stderr.trimEnd().split("\n")
  expect(sentence).toMatch(/[^\s.].*[.?\w]$/)
  expect(sentence).not.toMatch(/^\w*Error\b|undefined|\[object/)
  // A mistake on the command line may have a second line: how to get help.
  expect(
    more.every((line) => /^See edgeol .*--help\.$/.test(line)),
    stderr
  ).toBe(true)
  expect(more.length).toBeLessThanOrEqual(1)
  return sentence!
}

const copy = (from: string, name: string) => {
  cpSync(from, inHome(name), { recursive: true })
  return inHome(name)
}

/** Changes a byte in the middle of a file. */
const damage = (path: string) => {
  const all = readFileSync(path)
  all[Math.floor(all.length / 2)]! ^= 0x10
  writeFileSync(path, all)
}

describe("every command", () => {
  test("has --help and --json", async () => {
    const { stdout } = await Edgeol.run("--help")
    const commands = [...stdout.split("SUBCOMMANDS")[1]!.matchAll(/^ {2}(\w+) {2,}\S/gm)].map(([, name]) => name!)
    expect(commands).toEqual(expect.arrayContaining(["demo", "run", "compare", "report", "doctor"]))
    const leaves = commands.map((name) => (name === "fidelity" ? ["fidelity", "cost"] : [name]))
    await each(leaves, async (name) => {
      const help = await Edgeol.run(...name, "--help")
      expect(help).toMatchObject({ code: 0, stderr: "" })
      expect(help.stdout).toContain(`edgeol ${name.join(" ")}`)
      expect(help.stdout, name.join(" ")).toContain("--json")
    })
  })

  test("says in its help what holds where nothing is said", async () => {
    await each(["run", "compare", "simulate", "sweep", "rollback"], async (name) => {
      const { stdout } = await Edgeol.run(name, "--help")
      const silent = stdout
        .split("GLOBAL FLAGS")[0]!
        .split("\n")
        .filter(
          (line) => / (string|integer|number|choice) {2,}/.test(line) && !/\(default: |names? from your ssh/.test(line)
        )
      const must = { run: ["--stream"], sweep: ["plan"] }[name] ?? []
      expect(silent.filter((line) => !must.some((known) => line.includes(known)))).toEqual([])
    })
    expect((await Edgeol.run("run", "--help")).stdout).toMatch(/--rounds choice .* \(default: warm\)/)
  })

  test("prints one JSON document with --json, and no progress where nobody looks", async () => {
    const [reported, doctor] = await Promise.all([
      Edgeol.run("report", compared, "--json"),
      Edgeol.run("doctor", "--json")
    ])
    for (const { code, stdout, stderr } of [run, comparison, reported, doctor]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(JSON.parse(stdout)).toBeTypeOf("object")
    }
    expect(JSON.parse(reported.stdout)).toEqual(JSON.parse(comparison.stdout))
    expect(JSON.parse(doctor.stdout).ok).toBe(true)
    expect(JSON.parse(run.stdout)).toMatchObject({ policy: "immediate", seed: 1, rounds: 12, folder: ran })
  })
})

test("compare --json has runs and changes of each policy", () => {
  const { policies } = JSON.parse(comparison.stdout)
  expect(Object.keys(policies)).toEqual(["immediate", "periodic:2"])
  const number = expect.any(Number)
  const interval = { mean: number, low: number, high: number }
  for (const name of ["immediate", "periodic:2"]) {
    expect(policies[name]).toEqual({
      runs: [1, 2].map((seed) => ({
        seed,
        rounds: name === "immediate" ? 12 : 6,
        iterations: number,
        fineTuningSeconds: number,
        joules: number,
        accuracy: number,
        requests: 20,
        latencySeconds: { p50: number, p99: number }
      })),
      change: { fineTuningSeconds: interval, joules: interval, accuracy: interval }
    })
  }
  const none = { mean: 0, low: 0, high: 0 }
  expect(policies.immediate.change).toEqual({ fineTuningSeconds: none, joules: none, accuracy: none })
  expect(policies["periodic:2"].change.joules.mean).toBeLessThan(0)
  expect(JSON.parse(readFileSync(join(compared, "comparison.json"), "utf8")).policies).toEqual(policies)
})

describe.concurrent("a mistake on the command line", () => {
  test.each([
    [["frobnicate"], /^Unknown subcommand "frobnicate"/],
    [["compar"], /did you mean compare\?$/],
    [["run", "--polcy", "edgeol"], /--polcy .*did you mean --policy\?$/],
    [["run", "--rounds", "hot"], /--rounds: "hot".*"warm" \| "cold"/],
    [["compare", "--seeds", "0"], /^--seeds must be from 1 to 100000, not 0\.$/],
    [["compare", "--seeds", "1e9"], /^--seeds must be from 1 to 100000, not 1000000000\.$/],
    [["simulate", "--seeds", "1e9"], /^--seeds must be from 1 to 100000, not 1000000000\.$/],
    [["run", "robot", "--stream", "robot"], /^A scenario and --stream were given; leave out one of them\.$/],
    [["run", "--root", "nowhere"], /^There is no folder nowhere; name the board's file system with --root\.$/],
    [["rollback", "robot", "--seconds", "0"], /--seconds: "0"\. Expected at least 1\.$/],
    [["fit", "--tape", "run", "--table", "modes.csv"], /^--table and --tape were given; leave out one of them\.$/],
    [["run", "--seed", "NaN"], /--seed: "NaN"/],
    [["run", "--seed", "99999999999999999999"], /Expected an integer of at most 9007199254740991\.$/],
    [["run", "--threads", "0"], /^--threads must be from 1 to \d+, not 0\.$/],
    [["run", "--policy", "wisdom"], /no policy "wisdom"; there are .*immediate, periodic.*edgeol/],
    [["run", "--policy", "edgeol:frequency.needMax=NaN"], /^edgeol: frequency\.needMax: .*integer/],
    [["compare", "--policies", "immediate,edgeol:speed=9"], /^edgeol: there is no field "speed"\.$/],
    [["run", "--stream", "gtsrb32/xyz"], /"gtsrb32\/xyz"; name one of .*gtsrb32\/nic@1/],
    [["run", "--stream", "absent.yaml"], /absent\.yaml cannot be read .*; check the path\.$/],
    [["run", "--device", "toaster"], /no device "toaster"; there are .*orin-nano/],
    [["run", "--device", "orin-nano@9000W"], /no power mode "9000W"; there are .*15W/],
    [["report", inHome("nowhere")], /^There is no run in .*; name a folder/],
    [["report", stream], /^There is no run in .*; name a folder/]
  ])("%j is explained in a sentence", async (flags, sentence) => {
    const out = inHome(`out-${JSON.stringify(flags).replace(/\W+/g, "-")}`)
    const asked = flags[0] === "run" || flags[0] === "compare" ? [...flags, "--out", out] : flags
    expect(await refusal(...asked)).toMatch(sentence)
    expect(existsSync(out)).toBe(false)
  })

  test("in an experiment is named with its line", async () => {
    const odd = inHome("odd.yaml")
    writeFileSync(odd, readFileSync(stream, "utf8").replace("heldOut: 8", "heldOut: .nan"))
    expect(await refusal("run", "--stream", odd, "--out", inHome("odd-out"))).toMatch(/odd\.yaml, line 6, "heldOut": /)
  })
})

describe("an output folder", () => {
  test("that cannot be one is refused", async () => {
    for (const out of [stream, join(stream, "below"), "/proc/edgeol"]) {
      const sentence = await refusal("run", ...repeatable, "--out", out)
      expect(sentence).toMatch(/^Cannot write to .*; name another folder with --out\.$/)
      expect(sentence).toContain(out)
    }
    expect(readFileSync(stream, "utf8")).toContain("heldOut: 8")
    expect(await refusal("run", ...repeatable, "--out", "")).toMatch(/--out\. Expected the name of a folder\.$/)
  })

  test("with a file in the place of what goes there is refused", async () => {
    mkdirSync(inHome("taken"))
    writeFileSync(inHome("taken/initial"), "mine")
    const flags = ["run", ...repeatable, "--out", inHome("taken")]
    expect(await refusal(...flags)).toMatch(/^Cannot write to .*initial: file already exists; name another folder/)
    expect(readFileSync(inHome("taken/initial"), "utf8")).toBe("mine")
  })

  test("with results is left as it is", async () => {
    const [before, after] = [bytes(ran), bytes(compared)]
    const sentence = await refusal("run", ...repeatable, "--policy", "never", "--out", ran)
    expect(sentence).toMatch(/^There is a run in .* already; go on with it by --resume, or name another folder/)
    const again = ["compare", ...repeatable, "--policies", "never", "--seeds", "1", "--out", compared]
    expect(await refusal(...again)).toMatch(/^There are runs in .* already; go on with them by --resume, or/)
    mkdirSync(inHome("other"))
    const other = Edgeol.tiny(inHome("other"), { initial: "{ samples: 65, epochs: 1, learningRate: 0.1 }" })
    const mixed = again.map((flag) => (flag === stream ? other : flag))
    expect(await refusal(...mixed, "--resume")).toMatch(/^The initial model in .* is of another experiment/)
    expect(bytes(ran)).toEqual(before)
    for (const [path, was] of after) expect(bytes(compared).get(path), path).toBe(was)
  })

  test("is of one run at a time: who comes second is refused, and the first is whole", async () => {
    const flags = ["run", ...repeatable, "--policy", "immediate", "--out", inHome("twice"), "--json"]
    const both = await Promise.all([Edgeol.run(...flags), Edgeol.run(...flags)])
    const [first, second] = both[0].code === 0 ? both : both.toReversed()
    expect(second).toMatchObject({ code: 1, stdout: "" })
    expect(second!.stderr).toMatch(
      /^(Another process writes to|There is a run in) .*twice.*name another folder with --out\.\n$/
    )
    expect(first!.code).toBe(0)
    expect(JSON.parse(first!.stdout).tape).toBe(JSON.parse(run.stdout).tape)
  })

  test("keeps what is not ours", async () => {
    mkdirSync(inHome("mine/checkpoints"), { recursive: true })
    writeFileSync(inHome("mine/checkpoints/thesis.txt"), "years of work")
    const done = await Edgeol.run("run", ...repeatable, "--policy", "never", "--out", inHome("mine"))
    expect(done).toMatchObject({ code: 0, stderr: "" })
    expect(readFileSync(inHome("mine/checkpoints/thesis.txt"), "utf8")).toBe("years of work")
  })
})

describe.concurrent("resuming", () => {
  test("a run that has ended says the same again and changes nothing", async () => {
    const before = bytes(ran)
    expect(await Edgeol.run("run", "--resume", "--out", ran, "--json")).toEqual(run)
    expect(bytes(ran)).toEqual(before)
  })

  /** A run that did not end, with one damaged file. */
  const broken = (name: string, file: (folder: string) => string) => {
    const folder = copy(ran, name)
    rmSync(join(folder, "ended.json"))
    damage(file(folder))
    return folder
  }
  const checkpoint = (folder: string) =>
    join(
      folder,
      "checkpoints",
      readdirSync(join(folder, "checkpoints"))
        .filter((name) => name.startsWith("checkpoint-"))
        .toSorted()
        .at(-1)!
    )

  test.each([
    ["checkpoint", checkpoint, /checkpoint-\d+\.safetensors is damaged .*: restore an older one/],
    ["snapshot", (folder: string) => join(folder, "snapshot.json"), /snapshot\.json, line 1, is damaged; restore/],
    ["tape", (folder: string) => join(folder, "tape.ndjson"), /tape\.ndjson, line \d+, is damaged; restore/]
  ])("with a damaged %s is refused and changes nothing", async (name, file, sentence) => {
    const folder = broken(`damaged-${name}`, file)
    const before = bytes(folder)
    expect(await refusal("run", "--resume", "--out", folder)).toMatch(sentence)
    expect(bytes(folder)).toEqual(before)
  })

  test("with a checkpoint that is gone is refused", async () => {
    const folder = copy(ran, "gone")
    for (const file of ["ended.json", checkpoint(folder).slice(folder.length)]) rmSync(join(folder, file))
    expect(await refusal("run", "--resume", "--out", folder)).toMatch(
      /^Cannot read the checkpoint .*: name one that exists/
    )
  })

  test("is what a report asks for that finds a run half done", async () => {
    const folder = copy(ran, "half")
    rmSync(join(folder, "ended.json"))
    const { code, stdout, stderr } = await Edgeol.run("report", folder, "--json")
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^The run in \S*half has not ended; .*\.\n$/)
    })
    expect(JSON.parse(stdout).policies.immediate.runs).toHaveLength(1)
  })

  test("a tape with a damaged line cannot be reported", async () => {
    const folder = copy(ran, "unreadable")
    damage(join(folder, "tape.ndjson"))
    expect(await refusal("report", folder)).toMatch(/tape\.ndjson, line \d+, is damaged; restore/)
  })
})

const external = Experiment.names().filter((name) => !name.startsWith("patterns/"))

describe.concurrent("data", () => {
  test("that is missing is named with its path", async () => {
    const families = [...new Map(external.map((name) => [name.split("/")[0], name])).values()]
    expect(families.length).toBeGreaterThan(2)
    await each(families, async (name) => {
      const sentence = await refusal("run", "--stream", name, "--data", inHome("no-data"), "--out", inHome("nothing"))
      expect(sentence).toMatch(/no-data\/\S+ cannot be read( as a folder)? \(no such file or directory\); .*--data/)
    })
  })

  test.skipIf(!existsSync(shared)).each([
    ["gtsrb32/ni", "gtsrb32/train-43x7x30.tar.gz"],
    ["cifar10/nc", "cifar10-sample/cifar10_batch_0.png"],
    ["fashion-mnist/nc", "fashion-mnist/t10k-images-idx3-ubyte.gz"],
    ["fashion-mnist/nc", "fashion-mnist/t10k-labels-idx1-ubyte.gz"]
  ])("of %s that is cut short in %s is refused", async (name, file) => {
    const data = inHome(`data-${file.replace(/\W+/g, "-")}`)
    cpSync(join(shared, file, ".."), join(data, file, ".."), { recursive: true })
    writeFileSync(join(data, file), readFileSync(join(data, file)).subarray(0, statSync(join(data, file)).size / 2))
    const sentence = await refusal("run", "--stream", name, "--data", data, "--out", join(data, "out"))
    expect(sentence).toContain(join(data, file))
    expect(sentence).toMatch(/damaged|cut short/)
    expect(sentence).toMatch(/; fetch the file again\.$/)
  })
})

/** Two at a time. */
const each = async <A>(of: ReadonlyArray<A>, action: (one: A) => Promise<void>) => {
  const left = [...of]
  const work = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await action(one)
  }
  await Promise.all([work(), work()])
}

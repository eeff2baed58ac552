import * as Clocks from "@edgeol/hw-jetson/Clocks"
import * as Command from "@edgeol/hw-jetson/Command"
import * as NvpmodelConf from "@edgeol/hw-jetson/NvpmodelConf"
import type { PowerModeError } from "@edgeol/hw-jetson/PowerModeError"
import * as PowerModes from "@edgeol/hw-jetson/PowerModes"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as JetsonTree from "../fakes/JetsonTree.ts"

let tree: JetsonTree.Tree
beforeEach(() => {
  tree = JetsonTree.build("orin-nano", "hwmon")
})
afterEach(() => tree.remove())

const options = (): PowerModes.Options => ({
  root: tree.root,
  run: Command.runner(`${JetsonTree.nvpmodel(tree)}:/usr/bin:/bin`),
  stateFile: join(tree.root, "state/mode.json")
})

const withModes = <A, E>(use: (modes: PowerModes.Modes) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.flatMap(PowerModes.make(options()), use))

const reasonOf = (use: (modes: PowerModes.Modes) => Effect.Effect<unknown, PowerModeError>) =>
  withModes((modes) => Effect.map(Effect.flip(use(modes)), (error) => error.reason))

const name = Effect.map((mode: PowerModes.CurrentMode) => mode.name)

describe("modes", () => {
  it("are listed, queried and set by name", async () => {
    const [names, before, after] = await withModes((modes) =>
      Effect.gen(function* () {
        const before = yield* modes.current
        yield* modes.set("7W")
        return [NvpmodelConf.summaries(modes.config).map((one) => one.name), before, yield* modes.current] as const
      })
    )
    assert.deepStrictEqual(names, ["15W", "7W", "MAXN_SUPER"])
    assert.deepStrictEqual(
      [before, after],
      [
        { name: "15W", id: 0 },
        { name: "7W", id: 1 }
      ]
    )
  })

  it("that need a reboot, more rights, or do not exist are told apart", async () => {
    assert.strictEqual(await reasonOf((modes) => modes.set("MAXN_SUPER")), "NeedsReboot")
    assert.strictEqual(await reasonOf((modes) => modes.set("15w")), "UnknownMode")
    writeFileSync(join(tree.root, "readonly"), "")
    assert.strictEqual(await reasonOf((modes) => modes.set("7W")), "PermissionDenied")
  })

  it("do not exist on another computer, which a sentence says", async () => {
    const nowhere = await Effect.runPromise(Effect.flip(PowerModes.make({ root: "/nowhere" })))
    assert.match(nowhere.message, /^\/nowhere\/etc\/nvpmodel.conf cannot be read: .+ on a Jetson only\.$/)
    const missing = PowerModes.make({ root: tree.root, run: Command.runner("/nowhere") })
    const error = await Effect.runPromise(Effect.flip(Effect.flatMap(missing, (modes) => modes.current)))
    assert.strictEqual(error.reason, "NoCommand")
  })

  it("a file without modes is named with its line", async () => {
    writeFileSync(join(tree.root, "etc/nvpmodel.conf"), "\n< POWER_MODEL >\n")
    const error = await Effect.runPromise(Effect.flip(PowerModes.make(options())))
    assert.match(error.message, /nvpmodel.conf:2: /)
  })
})

describe("a query", () => {
  it.each([
    ["NV Power Mode: MAXN\n0\n", { name: "MAXN", id: 0 }],
    ["NVPM WARN: fan mode is not set!\nNV Power Mode: MODE_30W\n2\n", { name: "MODE_30W", id: 2 }],
    ["NVPM VERB: Current mode: NV Power Mode: 25W\n1\nNVPM VERB: PARAM CPU_ONLINE", { name: "25W", id: 1 }]
  ])("%j", async (text, expected) => {
    assert.deepStrictEqual(await Effect.runPromise(PowerModes.parseQuery(text)), expected)
  })
})

describe("the mode before", () => {
  it("is back when the scope ends, also after a failure", async () => {
    const during = await withModes((modes) => Effect.scoped(Effect.andThen(modes.use("7W"), name(modes.current))))
    const failed = withModes((modes) => Effect.scoped(Effect.andThen(modes.use("7W"), Effect.die("bug"))))
    await failed.then(
      () => assert.fail("no failure"),
      () => undefined
    )
    assert.strictEqual(during, "7W")
    assert.strictEqual(await withModes((modes) => name(modes.current)), "15W")
    assert.isFalse(existsSync(options().stateFile ?? ""))
  })

  it("is back at the next start after a crash, even if another mode was used in between", async () => {
    const { stateFile } = options()
    const script = `
      import { Effect } from "effect"
      import * as Command from "@edgeol/hw-jetson/Command"
      import * as PowerModes from "@edgeol/hw-jetson/PowerModes"
      const run = Command.runner(${JSON.stringify(`${JetsonTree.nvpmodel(tree)}:/usr/bin:/bin`)})
      const options = { root: ${JSON.stringify(tree.root)}, stateFile: ${JSON.stringify(stateFile)}, run }
      await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
        yield* (yield* PowerModes.make(options)).use("7W")
        process.kill(process.pid, "SIGKILL")
        yield* Effect.never
      })))`
    assert.throws(() =>
      execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname })
    )
    assert.deepStrictEqual(JSON.parse(readFileSync(stateFile ?? "", "utf8")), { restore: "15W" })
    const [crashed, recovered, now] = await withModes((modes) =>
      Effect.all([name(modes.current), modes.recover, name(modes.current)])
    )
    assert.deepStrictEqual([crashed, recovered, now], ["7W", "15W", "15W"])
    assert.isUndefined(await withModes((modes) => modes.recover))
  })

  it("stays on disk when it cannot be set again", async () => {
    await withModes((modes) =>
      Effect.scoped(
        Effect.andThen(
          modes.use("7W"),
          Effect.sync(() => writeFileSync(join(tree.root, "readonly"), ""))
        )
      )
    )
    rmSync(join(tree.root, "readonly"))
    assert.strictEqual(await withModes((modes) => modes.recover), "15W")
  })

  it("is nothing when the state is damaged", async () => {
    JetsonTree.put(tree.root, "state/mode.json", '{"restore":')
    assert.isUndefined(await withModes((modes) => modes.recover))
  })
})

describe("clocks", () => {
  it("are read with temperatures and fan", () => {
    const snapshot = Clocks.read(tree.root)
    assert.strictEqual(snapshot.cores, 4)
    assert.deepStrictEqual(snapshot.cpus[0], {
      name: "cpu0",
      now: 1_344_000_000,
      least: 729_600_000,
      most: 1_510_400_000
    })
    assert.deepStrictEqual(
      snapshot.gpus.map((gpu) => gpu.now),
      [306_000_000]
    )
    assert.deepStrictEqual([snapshot.fan, snapshot.temperatures["cpu-thermal"]], [77, 48.906])
    assert.isUndefined(snapshot.emc)
    assert.deepStrictEqual(Clocks.read("/nowhere").cpus, [])
  })

  it("the fan is set, and back when the scope ends", async () => {
    const fan = Effect.sync(() => Clocks.read(tree.root).fan)
    const during = await Effect.runPromise(Effect.scoped(Effect.andThen(Clocks.useFan(tree.root, 255), fan)))
    assert.deepStrictEqual([during, Clocks.read(tree.root).fan], [255, 77])
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Clocks.useFan(tree.root, 300))))
    assert.match(error.message, /0 to 255/)
  })

  it("are pinned by jetson_clocks, which says when it needs root", async () => {
    const script = JetsonTree.put(tree.root, "usr/sbin/jetson_clocks", `#!/bin/sh\necho "$@" >> ${tree.root}/calls\n`)
    execFileSync("chmod", ["755", script])
    const run = Command.runner(`${join(tree.root, "usr/sbin")}:/usr/bin:/bin`)
    await Effect.runPromise(Effect.scoped(Clocks.pin(run, "/tmp/clocks")))
    assert.deepStrictEqual(readFileSync(join(tree.root, "calls"), "utf8").split("\n"), [
      "--store /tmp/clocks",
      "",
      "--restore /tmp/clocks",
      ""
    ])
    writeFileSync(script, "#!/bin/sh\necho Please run as root >&2; exit 1\n")
    const error = await Effect.runPromise(Effect.flip(Effect.scoped(Clocks.pin(run, "/tmp/clocks"))))
    assert.strictEqual(error.reason, "PermissionDenied")
  })
})

/** What a machine has and lacks for training, as a value: it reports what is missing and never fails on it. */
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import * as Addon from "./Addon.ts"
import * as Cache from "./Cache.ts"
import * as Engine from "./Engine.ts"
import * as Layout from "./Layout.ts"
import * as Run from "./Run.ts"
import * as Tensorflow from "./Tensorflow.ts"

export interface Finding {
  readonly name: string
  /** False when training needs it and it is not as it should be. */
  readonly ok: boolean
  readonly found: string
  /** What to do, for what is not ok or could be better. */
  readonly remedy?: string
}

/** Looks at everything; loads TensorFlow in this process when it is set up, and never sets it up. */
export const report: Effect.Effect<ReadonlyArray<Finding>> = Effect.gen(function* () {
  const state = yield* look
  const tools = yield* Effect.all([python(state), pip(state), compiler(state)], { concurrency: "unbounded" })
  const engine = yield* tensorflow(state)
  return [node(process.versions.node), architecture(), glibc(), ...tools, ...engine, cache(), oneDnn(Engine.oneDnn())]
})

/** How far the set-up has come. */
interface State {
  readonly from: Tensorflow.Source | undefined
  readonly missing: ReadonlyArray<string>
  /** Whether the addon in place belongs to the libraries. */
  readonly built: boolean
}

const look: Effect.Effect<State> = Tensorflow.source.pipe(
  Effect.map((from) => {
    const missing = Layout.missing(from.folder)
    return { from, missing, built: missing.length === 0 && Addon.inPlace(from.folder) }
  }),
  Effect.orElseSucceed(() => ({ from: undefined, missing: [], built: false }))
)

/** The Node that runs us; 24 is what every number was measured with. */
export const node = (version: string): Finding => {
  const ok = Number(version.split(".")[0]) >= 22
  return { name: "Node", ok, found: version, ...(ok ? {} : { remedy: "start it with `pnpm edgeol`: pnpm brings 24" }) }
}

/** TensorFlow's oneDNN setting: not good or bad, but to be known when numbers are compared. */
export const oneDnn = (setting: Engine.OneDnn): Finding => ({
  name: "oneDNN",
  ok: true,
  found: { on: "on", off: "off", auto: "TensorFlow's choice for this processor" }[setting],
  remedy: "TF_ENABLE_ONEDNN_OPTS=0 or 1 fixes it: results differ in the 7th digit"
})

const architecture = (): Finding => {
  const ok = process.platform === "linux" && ["x64", "arm64"].includes(process.arch)
  const remedy = "use Linux on x64 or arm64, or name a TensorFlow in EDGEOL_TENSORFLOW"
  return { name: "architecture", ok, found: `${process.platform} ${process.arch}`, ...(ok ? {} : { remedy }) }
}

/** 2.28 is Node 24's need, the wheel's is 2.27. */
const glibc = (): Finding => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const version = header.glibcVersionRuntime
  if (version === undefined) return { name: "glibc", ok: false, found: "none", remedy: "use a Linux with glibc 2.28" }
  const ok = Number(version.split(".")[1]) >= 28
  return { name: "glibc", ok, found: version, ...(ok ? {} : { remedy: "use Ubuntu 20.04, JetPack 5 or later" }) }
}

const absent = (name: string, found: string, remedy: string): Finding => ({ name, ok: false, found, remedy })

/** Python and pip only fetch: nothing is wrong without them once TensorFlow is there. */
const python = (state: State) =>
  tool("Python", fetched(state), ["python3", "--version"], "apt-get install python3 python3-pip")

const pip = (state: State) =>
  tool("pip", fetched(state), ["python3", "-m", "pip", "--version"], "apt-get install python3-pip")

const compiler = (state: State) =>
  tool("C++ compiler", state.built, [Addon.compiler(), "--version"], "apt-get install g++, or name another in CXX")

const fetched = ({ from, missing }: State) => from?._tag === "Given" || (from !== undefined && missing.length === 0)

const tool = (name: string, dispensable: boolean, [command, ...args]: readonly [string, ...string[]], remedy: string) =>
  Effect.map(Run.run(command, args), (result): Finding => {
    if (result.found && result.status === 0) return { name, ok: true, found: firstLine(result.out) }
    return dispensable ? { name, ok: true, found: "none, and none is needed any more" } : absent(name, "none", remedy)
  })

/** Library, addon, threads and device, as far as they can be told. */
const tensorflow = ({ from, missing, built }: State): Effect.Effect<ReadonlyArray<Finding>> => {
  if (from === undefined) return Effect.succeed([noWheel])
  if (missing.length > 0) return Effect.succeed([lacking(from, missing)])
  if (!built) return Effect.succeed([library(from, ""), notBuilt])
  return Tensorflow.load().pipe(
    Effect.map((engine) => running(from, engine)),
    Effect.catch((error) => Effect.succeed([library(from, ""), absent("addon", error.message, rebuild)]))
  )
}

const running = (from: Tensorflow.Source, engine: Engine.Engine): ReadonlyArray<Finding> => [
  library(from, `${engine.version} in `),
  { name: "addon", ok: true, found: Addon.path() },
  { name: "threads", ok: true, found: `${engine.threads}`, remedy: "TF_NUM_INTRAOP_THREADS sets another number" },
  engine.gpu ? { name: "device", ok: true, found: "GPU" } : cpu
]

const cpu: Finding = {
  name: "device",
  ok: true,
  found: "CPU",
  remedy: "name a TensorFlow built for CUDA, such as NVIDIA's JetPack wheel unpacked, in EDGEOL_TENSORFLOW"
}

const library = (from: Tensorflow.Source, version: string): Finding => ({
  name: "TensorFlow",
  ok: true,
  found: `${version}${from.folder} (${origin(from)})`
})

const origin = (from: Tensorflow.Source): string => {
  if (from._tag === "Shipped") return "EDGEOL_RUNTIME"
  return from._tag === "Given" ? "EDGEOL_TENSORFLOW" : `from ${from.wheel.file}`
}

const lacking = (from: Tensorflow.Source, missing: ReadonlyArray<string>): Finding =>
  from._tag === "Given"
    ? absent("TensorFlow", `${from.folder} lacks ${missing.join(", ")}`, "correct or unset EDGEOL_TENSORFLOW")
    : absent("TensorFlow", "not set up yet", "any command that trains sets it up, such as `pnpm demo`")

const rebuild = "remove the cache folder named below: the next command that trains sets it up again"
const notBuilt = absent("addon", "not built yet for this TensorFlow", "any command that trains builds it")
const noWheel = absent("TensorFlow", "none for this machine", "name one in EDGEOL_TENSORFLOW")

const cache = (): Finding => {
  const folder = Cache.folder()
  return { name: "cache", ok: true, found: `${folder}, ${(bytes(folder) / 1e6).toFixed(0)} MB` }
}

/** Bytes of the files below a path; what cannot be read counts nothing. */
const bytes = (path: string): number => {
  try {
    const stat = statSync(path)
    if (!stat.isDirectory()) return stat.size
    return readdirSync(path).reduce((sum, name) => sum + bytes(join(path, name)), 0)
  } catch {
    return 0
  }
}

const firstLine = (text: string): string => text.split("\n")[0] ?? ""

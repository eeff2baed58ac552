/** tfjs-node's native addon: compiled from the npm package's own source, kept in the cache, put into node_modules. */
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import * as Cache from "./Cache.ts"
import * as Layout from "./Layout.ts"
import * as Progress from "./Progress.ts"
import * as Run from "./Run.ts"
import * as Failure from "./TensorflowError.ts"

const require = createRequire(import.meta.url)

/** Where the package manager put tfjs-node. */
export const tfjsFolder = (): string => dirname(require.resolve("@tensorflow/tfjs-node/package.json"))

/** Where tfjs-node looks for its addon (node-pre-gyp, N-API 8). */
export const path = (): string => join(tfjsFolder(), "lib", "napi-v8", "tfjs_binding.node")

/** The C++ compiler: `$CXX`, else g++. */
export const compiler = (): string => process.env.CXX || "g++"

const shim = fileURLToPath(new URL("./shim.cc", import.meta.url))
const flags = ["-O2", "-std=c++17", "-shared", "-fPIC", "-DNAPI_VERSION=8", "-Wl,--allow-shlib-undefined,-z,initfirst"]

/** How the addon is built: another recipe, another addon. */
export const recipe = (): ReadonlyArray<unknown> => [flags, readFileSync(shim, "utf8")]

/** What the addon in place was made for and has been seen to train with; compared, never interpreted. */
const stampOf = (tensorflow: string): string =>
  JSON.stringify([tensorflow, Layout.identity(tensorflow), Layout.signature(path()), digest(recipe())])

const stampPath = () => join(dirname(path()), "edgeol.json")

/** True when the addon in place belongs to this TensorFlow and has trained a step. A few `stat`s: load's fast path. */
export const inPlace = (tensorflow: string): boolean =>
  existsSync(path()) && existsSync(stampPath()) && readFileSync(stampPath(), "utf8") === stampOf(tensorflow)

/** Builds or finds in the cache the addon for a TensorFlow, and puts it where tfjs-node looks. */
export const install = Effect.fnUntraced(function* (tensorflow: string, cache: string) {
  const version = yield* compilerVersion
  const kept = join(cache, `addon-${key(tensorflow, version)}.node`)
  if (!existsSync(kept)) yield* build(tensorflow, cache, kept)
  yield* copy(kept, path())
})

/** Notes that the addon in place was seen to train. */
export const approve = (tensorflow: string): Effect.Effect<void, Failure.TensorflowError> =>
  Cache.write(stampPath(), () => {
    const fresh = `${stampPath()}.${process.pid}`
    writeFileSync(fresh, stampOf(tensorflow))
    renameSync(fresh, stampPath())
  })

/** First line of `g++ --version`. */
export const compilerVersion = Effect.gen(function* () {
  const result = yield* Run.run(compiler(), ["--version"])
  if (!result.found || result.status !== 0) return yield* Failure.noCompiler(compiler())
  return result.out.split("\n")[0] ?? ""
})

const key = (tensorflow: string, compiledBy: string): string =>
  digest([Layout.identity(tensorflow), tfjsVersion(), compiledBy, recipe()])

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)

const tfjsVersion = (): string => require("@tensorflow/tfjs-node/package.json").version

const build = Effect.fnUntraced(function* (tensorflow: string, cache: string, kept: string) {
  Progress.tell("compiling tfjs-node's addon (about 10 s)")
  const scratch = yield* Cache.scratch(cache)
  const fresh = join(scratch, "tfjs_binding.node")
  yield* compile(tensorflow, fresh).pipe(
    Effect.andThen(Cache.write(kept, () => renameSync(fresh, kept))),
    Effect.ensuring(Effect.sync(() => Cache.remove(scratch)))
  )
})

const compile = Effect.fnUntraced(function* (tensorflow: string, output: string) {
  yield* compileFor({ compiler: compiler(), tensorflow, rpath: tensorflow, output })
})

/** How an addon is compiled, also one for another machine. */
export interface Compilation {
  readonly compiler: string
  readonly tensorflow: string
  /** Where the addon looks for TensorFlow when it is loaded; may begin with `$ORIGIN`. */
  readonly rpath: string
  readonly output: string
}

/** Compiles tfjs-node's addon against a TensorFlow. */
export const compileFor = Effect.fnUntraced(function* (compilation: Compilation) {
  const { compiler, output } = compilation
  const result = yield* Run.run(compiler, [...compileArguments(compilation), "-o", output], {
    env: { TMPDIR: dirname(output) }
  })
  if (!result.found) return yield* Failure.noCompiler(compiler)
  if (result.err.includes("No space left")) return yield* Failure.diskFull(dirname(output))
  if (result.status !== 0) return yield* Failure.compileFailed(compiler, Run.complaint(result))
})

const compileArguments = ({ tensorflow, rpath }: Compilation): ReadonlyArray<string> => {
  const tfjs = tfjsFolder()
  const headers = [require("node-api-headers").include_dir, join(tensorflow, "include"), tfjs]
  const sources = ["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(tfjs, "binding", file))
  const libraries = [`-L${tensorflow}`, `-l:${Layout.library}`, `-l:${Layout.framework}`, `-Wl,-rpath,${rpath}`]
  return [...flags, ...headers.map((folder) => `-I${folder}`), ...sources, shim, ...libraries]
}

/** A rename, so that a process which has the old addon mapped keeps it. */
const copy = (from: string, to: string): Effect.Effect<void, Failure.TensorflowError> =>
  Cache.write(to, () => {
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, `${to}.${process.pid}`)
    renameSync(`${to}.${process.pid}`, to)
  })

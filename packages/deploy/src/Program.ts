/**
 * A program of this workspace as plain JavaScript in one flat folder: what it imports is in it, and each worker or
 * process that it starts by `new URL("./x.ts", import.meta.url)` is a file beside it. The same sources, the same bytes.
 */
import { existsSync } from "node:fs"
import { isBuiltin } from "node:module"
import { basename, dirname, resolve } from "node:path"
import { rolldown } from "rolldown"
import type { OutputChunk, Plugin } from "rolldown"
import { parseAst } from "rolldown/parseAst"
import { Visitor } from "rolldown/utils"
import type { Files } from "./Archive.ts"
import { from } from "./BundleError.ts"
import { reason } from "./ModuleGraph.ts"

/** The files of a program by name; its entry is `<name>.js`. Rejects with a `BundleError`. */
export const build = async (name: string, entry: string): Promise<Files> => {
  try {
    const bundle = await rolldown({
      input: { [name]: entry },
      platform: "node",
      external: [/^node:/, "@tensorflow/tfjs-node"],
      plugins: [oneFolder(entry)],
      logLevel: "silent"
    })
    const { output } = await bundle.generate({
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: "[name].js",
      minify
    })
    await bundle.close()
    return new Map(
      output.map((part) => [part.fileName, Buffer.from(part.type === "chunk" ? part.code : part.source)] as const)
    )
  } catch (cause) {
    throw from(`Cannot put ${basename(entry)} and what it imports into files`)(cause)
  }
}

/** Brings along what is started by its URL, and leaves `import.meta.main` to the entry: all become one module. */
const oneFolder = (entry: string): Plugin => ({
  name: "one-folder",
  transform(code, id) {
    if (!/\.[cm]?ts$/.test(id) || !code.includes("import.meta.")) return null
    const moved = code.replaceAll(started, (whole, path: string) => {
      const file = resolve(dirname(id), path)
      if (!existsSync(file)) return whole
      const fileName = `${basename(file).replace(/\.ts$/, "")}.js`
      this.emitFile({ type: "chunk", id: file, fileName, name: basename(fileName, ".js") })
      return `new URL("./${fileName}", import.meta.url)`
    })
    return id === entry ? moved : moved.replaceAll("import.meta.main", "false")
  }
})

/** What a module exports, under a name of ours. */
export interface Export {
  readonly module: string
  readonly exported: string
  readonly as: string
}

/**
 * What a module exports, with what it needs of all that it imports, as one module that needs no other. The same sources,
 * the same text, in whatever folder. Rejects with a `BundleError`.
 */
export const only = async ({ module, exported, as }: Export): Promise<string> => {
  const facade = `export { ${JSON.stringify(exported)} as ${as} } from ${JSON.stringify(module)}\n`
  try {
    const bundle = await rolldown({
      input: "edgeol:export",
      platform: "node",
      external: [/^node:/],
      plugins: [replaced({ "edgeol:export": facade })],
      logLevel: "silent"
    })
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false, minify })
    await bundle.close()
    const lacking = lackingOf(output[0])
    if (lacking.length === 0) return output[0].code
    throw new Error(`it imports ${lacking.join(", ")} as it runs, and a device has nothing but this file`)
  } catch (cause) {
    throw from(`Cannot put ${basename(module)} and what it imports into one file`)(new Error(reason(cause)))
  }
}

/** What a module imports besides Node's own, and what it may import under a name that only running it tells. */
const lackingOf = ({ code, imports, dynamicImports }: OutputChunk): ReadonlyArray<string> => {
  const found = [...imports, ...dynamicImports].filter((name) => !isBuiltin(name))
  const visitor = new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type !== "Literal") found.push(code.slice(source.start, source.end))
    }
  })
  visitor.visit(parseAst(code))
  return found
}

/** A CommonJS module and all that it needs as one text; modules in `instead` are replaced by these texts. */
export const common = async (entry: string, instead: { readonly [module: string]: string }): Promise<string> => {
  try {
    const bundle = await rolldown({ input: entry, platform: "node", plugins: [replaced(instead)], logLevel: "silent" })
    const { output } = await bundle.generate({ format: "cjs", minify })
    await bundle.close()
    return output[0].code
  } catch (cause) {
    throw from(`Cannot put ${basename(entry)} and what it needs into one file`)(cause)
  }
}

const replaced = (instead: { readonly [module: string]: string }): Plugin => ({
  name: "replaced",
  resolveId: (id) => (Object.hasOwn(instead, id) ? `\0${id}` : null),
  load: (id) => (id.startsWith("\0") ? (instead[id.slice(1)] ?? null) : null)
})

/** Names are kept, so that an error on a device can be read. */
const minify = { compress: true, mangle: false, codegen: { removeWhitespace: true } }

const started = /new URL\("(\.[\w./-]+\.ts)", import\.meta\.url\)/g

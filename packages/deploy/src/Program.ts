/**
 * A program of this workspace as plain JavaScript in one flat folder: what it imports is in it, and each worker or
 * process that it starts by `new URL("./x.ts", import.meta.url)` is a file beside it. The same sources, the same bytes.
 */
import { existsSync } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import { rolldown } from "rolldown"
import type { Plugin } from "rolldown"
import type { Files } from "./Archive.ts"
import { from } from "./BundleError.ts"

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

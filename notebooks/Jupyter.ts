/** What executes notebooks: nbconvert from pinned Python packages, kept in the user's cache, and the Deno kernel. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import * as Cache from "@edgeol/backends/tensorflow/Cache"
import * as Lock from "@edgeol/backends/tensorflow/Lock"
import * as Run from "@edgeol/backends/tensorflow/Run"
import { Effect } from "effect"
import { NotebookError } from "./NotebookError.ts"

const here = import.meta.dirname
const requirements = join(here, "requirements.txt")

/** The folder of the Python packages, installed for this Python if need be: once per user. */
export const packages = Effect.gen(function* () {
  const folder = join(Cache.folder(), `jupyter-${yield* key}`)
  if (!existsSync(folder)) yield* Lock.hold(Cache.folder(), install(folder))
  return folder
})

/** Another Python or another list, another folder. */
const key = Effect.gen(function* () {
  const script = "import pip, platform, sys; print(sys.implementation.cache_tag, platform.machine())"
  const { status, out } = yield* Run.run("python3", ["-c", script])
  if (status !== 0) {
    const message = "Notebooks need Python 3 with pip: install it (apt-get install python3 python3-pip)."
    return yield* new NotebookError({ message })
  }
  return createHash("sha256").update(out).update(readFileSync(requirements)).digest("hex").slice(0, 12)
})

/** Into a scratch folder; one rename makes it visible, so a folder with its final name is whole. */
const install = Effect.fnUntraced(function* (folder: string) {
  if (existsSync(folder)) return
  process.stderr.write("edgeol: installing nbconvert (40 MB, once per user)\n")
  const scratch = yield* Cache.scratch(Cache.folder())
  const options = "--quiet --disable-pip-version-check --no-deps --only-binary :all:".split(" ")
  const result = yield* Run.run("python3", [
    "-m",
    "pip",
    "install",
    ...options,
    "--target",
    scratch,
    "-r",
    requirements
  ])
  if (result.status !== 0) {
    Cache.remove(scratch)
    const message = `pip could not install nbconvert (${Run.complaint(result)}): check the network and pip's index and proxy settings.`
    return yield* new NotebookError({ message })
  }
  yield* Cache.write(folder, () => renameSync(scratch, folder))
})

/** Executes a notebook file and writes it, with its outputs, as a page beside it. `data` is for Jupyter's own files. */
export const execute = Effect.fnUntraced(function* (notebook: string, data: string) {
  const tools = yield* packages
  registerKernel(data)
  const config = join(here, "jupyter_nbconvert_config.py")
  const result = yield* Run.run(
    "python3",
    ["-m", "nbconvert", "--config", config, "--to", "html", "--execute", notebook],
    {
      env: environment(tools, data)
    }
  )
  if (result.status !== 0) return yield* new NotebookError({ message: `${notebook} failed.\n${said(result.err)}` })
  return notebook.replace(/\.ipynb$/, ".html")
})

/** From the failed cell on; of anything else, all. */
const said = (text: string) => text.slice(Math.max(0, text.lastIndexOf("An error occurred while executing"))).trim()

/** Nothing is read from, or written to, the user's own Jupyter. */
const environment = (tools: string, data: string) => ({
  PYTHONPATH: tools,
  PYTHONNOUSERSITE: "1",
  JUPYTER_PATH: join(tools, "share", "jupyter"),
  JUPYTER_DATA_DIR: data,
  JUPYTER_CONFIG_DIR: data,
  JUPYTER_RUNTIME_DIR: data,
  DENO_DIR: join(Cache.folder(), "deno"),
  DENO_NO_UPDATE_CHECK: "1"
})

/** The kernel names the absolute path of this clone's Deno. */
const registerKernel = (data: string) => {
  const deno: string = createRequire(import.meta.url)("deno/install_api.cjs").runInstall()
  const argv = [deno, "jupyter", "--kernel", "--conn", "{connection_file}"]
  const folder = join(data, "kernels", "deno")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv, display_name: "Deno", language: "typescript" }))
}

/** `pnpm notebooks`: executes every notebook afresh, without a browser, and fails when a cell does. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join, relative } from "node:path"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import * as Jupyter from "./Jupyter.ts"
import * as Percent from "./Percent.ts"

const here = import.meta.dirname
const out = join(here, "out")

/** Percent scripts in this folder. */
const scripts = () =>
  readdirSync(here)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(here, name))
    .filter((path) => Percent.isNotebook(readFileSync(path, "utf8")))

const execute = Effect.fnUntraced(function* (script: string) {
  const name = basename(script, ".ts")
  const notebook = join(out, `${name}.ipynb`)
  mkdirSync(out, { recursive: true })
  writeFileSync(notebook, JSON.stringify(Percent.notebook(readFileSync(script, "utf8")), null, 1))
  process.stderr.write(`edgeol: executing ${name} (about a minute)\n`)
  const page = yield* Jupyter.execute(notebook, join(out, "jupyter"))
  process.stdout.write(`${relative(process.cwd(), page)}\n`)
})

const main = Effect.gen(function* () {
  yield* Tensorflow.ensure
  for (const script of scripts()) yield* execute(script)
})

try {
  await Effect.runPromise(main)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

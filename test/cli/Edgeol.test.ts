/** Which commands a command line loads, and that nothing that is made of all commands lacks one. */
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { resolve } from "node:path"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import * as Edgeol from "./Edgeol.ts"

const sources = resolve(import.meta.dirname, "../../packages/cli/src")
const main = resolve(sources, "main.ts")
const names = readdirSync(resolve(sources, "commands")).map((file) => file.replace(/\.ts$/, "").toLowerCase())

test("help names every command", { timeout: 60_000 }, async () => {
  const { stdout } = await Edgeol.run("--help")
  const listed = Array.from(stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm), ([, name]) => name!)
  expect(names.length).toBeGreaterThan(20)
  expect(listed).toEqual(expect.arrayContaining(names))
})

test("completions are of all commands, also behind the name of one", { timeout: 60_000 }, async () => {
  const [plain, behind] = await Promise.all([
    Edgeol.run("--completions", "bash"),
    Edgeol.run("run", "--completions=bash")
  ])
  for (const name of names) expect(plain.stdout).toContain(`_edgeol_${name}()`)
  expect(behind).toEqual(plain)
})

/** Says on stderr which modules of commands are loaded. */
const told = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module"
  const load = (url, context, next) => {
    const [, name] = /cli\\/src\\/commands\\/(\\w+)\\.ts$/.exec(url) ?? []
    if (name !== undefined) process.stderr.write(name + "\\n")
    return next(url, context)
  }
  registerHooks({ load })
`)}`

test.each(["Keys", "Status", "Run"])("a command that was named is loaded, and no other: %s", async (command) => {
  const flags = ["--import", told, main, command.toLowerCase(), "--help"]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags)
  expect(stdout).toContain(`edgeol ${command.toLowerCase()}`)
  expect(stderr).toBe(`${command}\n`)
})

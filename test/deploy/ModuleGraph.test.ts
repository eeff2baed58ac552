import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ModuleGraph from "@edgeol/deploy/ModuleGraph"
import { afterAll, expect, test } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "module-graph-"))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  writeFileSync(join(folder, path), text)
  return join(folder, path)
}

const entry = write(
  "here/sorry.ts",
  `import { patience } from "./patience.ts"\nimport numbers from "./numbers.json" with { type: "json" }\nimport { wait } from "waiting"\nimport type { Gone } from "./gone.ts"\nexport const sorry = (a: Gone) => patience(numbers, wait, a)\n`
)
write("here/patience.ts", `export const patience = (...of: Array<unknown>) => of\n`)
write("here/numbers.json", `{ "patience": 12 }\n`)
write("here/node_modules/waiting/package.json", `{ "name": "waiting", "version": "1.2.3", "main": "lib/main.js" }\n`)
write("here/node_modules/waiting/lib/main.js", `const { more } = require("./more.js")\nexports.wait = more\n`)
write("here/node_modules/waiting/lib/more.js", `exports.more = 1\n`)

test("finds what is imported, in packages too, and not what is only a type", async () => {
  const { files, builtins } = await ModuleGraph.of(entry)
  expect(files.map(({ path }) => path)).toEqual([
    "numbers.json",
    "patience.ts",
    "sorry.ts",
    "waiting@1.2.3/lib/main.js",
    "waiting@1.2.3/lib/more.js"
  ])
  expect(builtins).toEqual([])
})

test("a copy elsewhere is the same; a byte changed in any file, however far, is another", async () => {
  const { sha256, files } = await ModuleGraph.of(entry)
  const copy = join(folder, "there")
  cpSync(join(folder, "here"), copy, { recursive: true })
  expect((await ModuleGraph.of(join(copy, "sorry.ts"))).sha256).toBe(sha256)
  writeFileSync(join(copy, "node_modules/waiting/lib/more.js"), `exports.more = 2\n`)
  const changed = await ModuleGraph.of(join(copy, "sorry.ts"))
  expect(changed.sha256).not.toBe(sha256)
  const differing = changed.files.filter(({ sha256 }, i) => sha256 !== files[i]?.sha256)
  expect(differing.map(({ path }) => path)).toEqual(["waiting@1.2.3/lib/more.js"])
})

test("says what it asks of Node", async () => {
  const reader = write("reader.ts", `import { readFileSync } from "node:fs"\nexport const read = readFileSync\n`)
  expect((await ModuleGraph.of(reader)).builtins).toEqual(["node:fs"])
})

test("the built-in policies are files of core and of effect, and ask nothing of Node", async () => {
  const { files, builtins } = await ModuleGraph.of(new URL(import.meta.resolve("@edgeol/core/Policies")).pathname)
  const packages = new Set(files.map(({ path }) => path.replace(/@[\d.]+\/.*/, "")))
  expect([...packages]).toEqual(expect.arrayContaining(["@edgeol/core", "effect"]))
  expect(files.map(({ path }) => path)).toContain("@edgeol/core@0.1.0/src/policies/EdgeOL.ts")
  expect(builtins).toEqual([])
})

test("what is missing is named in a sentence", async () => {
  const message = (path: string) => ModuleGraph.of(path).catch((error: unknown) => (error as Error).message)
  expect(await message(join(folder, "none.ts"))).toBe(`There is no file ${folder}/none.ts; check the path.`)
  const lost = write("lost.ts", `import { a } from "a-package-that-is-not-there"\nexport const b = a\n`)
  expect(await message(lost)).toMatch(/a-package-that-is-not-there.*; install or correct it\.$/)
  const own = write("own.ts", `import { a } from "./not-there.ts"\nexport const b = a\n`)
  expect(await message(own)).toMatch(/not-there\.ts/)
  const broken = write("broken.ts", `export const = 3\n`)
  expect(await message(broken)).toMatch(/^Cannot read .*broken\.ts: .*\.$/)
})

import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Policy from "@edgeol/core/Policy"
import * as Program from "@edgeol/deploy/Program"
import { anyHistory } from "@edgeol/test"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import * as Ideas from "./policies/ideas.ts"

const folder = mkdtempSync(join(tmpdir(), "program-"))
afterAll(() => rmSync(folder, { recursive: true }))

const ideas = fileURLToPath(import.meta.resolve("./policies/ideas.ts"))
const only = (module: string, exported: string) => Program.only({ module, exported, as: "policy" })

/** Imported from where nothing else is. */
const imported = async (text: string, name: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  const { policy } = (await import(pathToFileURL(file).href)) as { readonly policy: Policy.Policy }
  return policy
}

test.each(["sorry", "default"] as const)(
  "a policy of guards and parts decides alone as in its file: %s",
  async (name) => {
    const policy = await imported(await only(ideas, name), `${name}.mjs`)
    const own: Policy.Policy = name === "sorry" ? Ideas.sorry : Ideas.default
    expect([policy.name, policy.config, policy.initial]).toEqual([own.name, own.config, own.initial])
    let asked = 0
    const alike = fc.property(anyHistory(), (history) => {
      const decisions = Policy.decisions(policy, history)
      asked += decisions.filter(({ _tag }) => _tag !== "Wait").length
      expect(decisions).toEqual(Policy.decisions(own, history))
    })
    fc.assert(alike)
    expect(asked).toBeGreaterThan(20)
  }
)

test("the text is the same wherever the file lies", async () => {
  const other = join(folder, "of/another/name")
  cpSync(dirname(ideas), other, { recursive: true })
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(folder, "of/node_modules"))
  const text = await only(ideas, "sorry")
  expect(await only(join(other, "ideas.ts"), "sorry")).toBe(text)
  expect(await only(ideas, "default")).not.toBe(text)
  expect(text).not.toContain(folder)
})

test("what a device would have to find is refused in a sentence", async () => {
  const write = (text: string) => {
    const path = join(folder, "needy.ts")
    writeFileSync(path, text)
    return path
  }
  const refusal = (text: string) => only(write(text), "policy").catch((error: Error) => error.message)
  expect(await refusal(`const name = "./" + "more.js"\nexport const policy = await import(name)\n`)).toMatch(
    /^Cannot put needy\.ts and what it imports into one file: it imports `\.\/more\.js` as it runs, and a device has nothing but this file\.$/
  )
  expect(await refusal(`export { gone as policy } from "a-package-that-is-not-there"\n`)).toMatch(
    /it imports a-package-that-is-not-there as it runs/
  )
  expect(await refusal(`export const other = 1\n`)).toMatch(
    /^Cannot put needy\.ts .*: "policy" is not exported by .*needy\.ts"\.$/
  )
  expect(await only(write(`import { sep } from "node:path"\nexport const policy = sep\n`), "policy")).toContain(
    "node:path"
  )
})

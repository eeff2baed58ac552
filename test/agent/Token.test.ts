import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Token from "@edgeol/agent/Token"
import { expect, onTestFinished, test } from "vitest"
import * as Toy from "./Toy.ts"

const path = () => {
  const folder = Toy.folder()
  onTestFinished(() => Toy.remove(folder))
  return join(folder, "token")
}

test("is made once, for its owner alone", () => {
  const file = path()
  const token = Token.read(file)
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  expect(Token.read(file)).toBe(token)
  expect(readFileSync(file, "utf8")).toBe(`${token}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test("is refused where others may read it, or where it is none", () => {
  const file = path()
  Token.read(file)
  chmodSync(file, 0o640)
  expect(() => Token.read(file)).toThrow("may be read by others; run chmod 600 on it, or remove it.")
  chmodSync(file, 0o600)
  writeFileSync(file, "secret\n")
  expect(() => Token.read(file)).toThrow("holds no token; remove it.")
})

test("fits itself alone", () => {
  expect(Token.fits("abc", "Bearer abc")).toBe(true)
  for (const wrong of [undefined, "", "abc", "Bearer ", "Bearer abd", "Bearer abc ", "bearer abc"])
    expect(Token.fits("abc", wrong)).toBe(false)
})

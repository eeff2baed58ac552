import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { AgentError } from "@edgeol/agent/AgentError"
import * as Segments from "@edgeol/agent/Segments"
import * as Sealed from "@edgeol/backends/journal/Sealed"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import * as Toy from "./Toy.ts"

const folder = () => {
  const path = Toy.folder()
  onTestFinished(() => Toy.remove(path))
  return path
}

const open = (path: string, fileBytes = 1000) => {
  const seen: Array<unknown> = []
  const files = Segments.open({ folder: path, name: "lines", fileBytes }, (line) => seen.push(line))
  return { files, seen }
}

/** A folder with so many lines, in files of few. */
const written = (count: number) => {
  const path = folder()
  const { files } = open(path, 60)
  const places = Array.from({ length: count }, (_, i) => files.append(JSON.stringify({ i })))
  files.close()
  return { path, places }
}

test("what was appended is there again, in its order and by its place", () => {
  const { path, places } = written(20)
  const { files, seen } = open(path)
  expect(seen).toEqual(places.map((_, i) => expect.objectContaining({ i })))
  places.forEach((place, i) => expect(files.read(place)).toMatchObject({ i }))
  expect(readdirSync(path).length).toBeGreaterThan(3)
  files.close()
})

test("old files go whole, the one that is written stays", () => {
  const { path, places } = written(20)
  const { files } = open(path)
  files.remove(places[12]!.file)
  expect(files.read(places[12]!)).toMatchObject({ i: 12 })
  expect(() => files.read(places[0]!)).toThrow()
  files.remove(Infinity)
  files.append('{"i":20}')
  files.close()
  expect(open(path).seen.at(-1)).toMatchObject({ i: 20 })
})

test("a write that was cut off at any byte is removed, and nothing before it", () => {
  const next = Sealed.seal('{"i":5}')
  for (let bytes = 1; bytes < next.length; bytes++) {
    const { path } = written(5)
    appendFileSync(join(path, readdirSync(path).toSorted().at(-1)!), next.slice(0, bytes))
    const { files, seen } = open(path)
    expect(seen).toHaveLength(5)
    files.append('{"i":5}')
    files.close()
    expect(open(path).seen).toHaveLength(6)
  }
})

test("any changed byte is refused: no line is lost or altered unseen", () => {
  const { path } = written(12)
  const names = readdirSync(path)
  const changed = fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, by) => {
    const whole = names.map((name) => readFileSync(join(path, name)))
    const name = names[at % names.length]!
    const bytes = Buffer.from(whole[at % names.length]!)
    bytes[Math.floor(at / names.length) % bytes.length]! ^= by
    writeFileSync(join(path, name), bytes)
    try {
      expect(() => open(path)).toThrow(AgentError)
    } finally {
      names.forEach((one, i) => writeFileSync(join(path, one), whole[i]!))
    }
  })
  fc.assert(changed, { numRuns: 2000 })
})

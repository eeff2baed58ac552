import { spawnSync } from "node:child_process"
import { resolve } from "node:path"
import * as Inbox from "@edgeol/agent/Inbox"
import type * as Examples from "@edgeol/core/Examples"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import * as Toy from "./Toy.ts"

const shape = [2, 2, 1] as const

const folder = () => {
  const path = Toy.folder()
  onTestFinished(() => Toy.remove(path))
  return path
}

const open = (path: string, changes: Partial<Inbox.Options> = {}) =>
  Inbox.open({ folder: path, shape, validation: 0.25, most: 1e6, fileBytes: 300, ...changes })

/** Samples whose bytes and labels all tell their number. */
const samples = (first: number, count: number): Inbox.Labelled => ({
  labels: Array.from({ length: count }, (_, i) => first + i),
  inputs: Uint8Array.from({ length: 4 * count }, (_, i) => first + Math.floor(i / 4))
})

const numbers = (batch: { readonly train: Examples.Examples; readonly validation: Examples.Examples }) =>
  [...batch.train.labels, ...batch.validation.labels].toSorted((a, b) => a - b)

/** Pieces of samples, cuts, restarts, and batches that are not needed any more. */
const anyHistory = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("cut" as const), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant("restart" as const) }),
    fc.record({ kind: fc.constant("forget" as const), back: fc.integer({ min: 0, max: 3 }) })
  ),
  { minLength: 10, maxLength: 40 }
)

test("batches are what was added, in order and without gaps, across restarts and what is forgotten", () => {
  const seen = { forgotten: 0, restarts: 0, batches: 0 }
  const holds = fc.property(anyHistory, (history) => {
    const path = Toy.folder()
    let inbox = open(path)
    let [came, cutAt, kept] = [0, 0, 0]
    const batches: Array<readonly [from: number, to: number]> = []
    for (const step of history) {
      if (step.kind === "add") {
        inbox.add(samples(came, step.count))
        came += step.count
      } else if (step.kind === "cut" && came > cutAt) {
        const count = Math.min(step.count, came - cutAt)
        expect(inbox.cut(count)).toBe(batches.length)
        batches.push([cutAt, (cutAt += count)])
      } else if (step.kind === "restart") {
        inbox.close()
        inbox = open(path)
        seen.restarts += 1
      } else if (step.kind === "forget") {
        kept = Math.max(kept, batches.length - step.back)
        inbox.forget(kept)
        seen.forgotten += kept
      }
      expect([inbox.waiting(), inbox.cuts()]).toEqual([came - cutAt, batches.length])
      batches.forEach(([from, to], id) => {
        if (id < kept) return
        seen.batches += 1
        const batch = inbox.batch(id)
        expect(numbers(batch)).toEqual(Array.from({ length: to - from }, (_, i) => from + i))
        expect([...batch.train.inputs]).toEqual(
          [...batch.train.labels].flatMap((label) => [label, label, label, label])
        )
        expect(batch.validation.count).toBe(Math.floor((to - from) * 0.25))
        expect(inbox.size(id)).toBe(to - from)
      })
    }
    inbox.close()
    Toy.remove(path)
  })
  fc.assert(holds, { numRuns: 150 })
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50)
})

test("takes no more than its limit, and says how many wait", () => {
  const inbox = open(folder(), { most: 1000 })
  const fill = () => {
    while (true) inbox.add(samples(0, 8))
  }
  expect(fill).toThrow(/^The inbox has reached its limit, with \d+ samples in no batch yet/)
  expect(inbox.bytes()).toBeLessThan(1000)
  inbox.close()
})

/** Runs a program on a disk of 64 kB, where this computer lets a user have one. */
const small = (body: string) => {
  const path = Toy.folder()
  const mounted = `mount -t tmpfs -o size=64k none "$1" && exec "$2" -e '${body}' "$1"`
  const ended = spawnSync("unshare", ["-rm", "sh", "-c", mounted, "sh", path, process.execPath], { encoding: "utf8" })
  Toy.remove(path)
  return ended
}

const canMount = small("process.exit(0)").status === 0

test.skipIf(!canMount)(
  "a full disk takes nothing in, and loses nothing (skipped where no small disk can be mounted)",
  () => {
    const inbox = JSON.stringify(resolve(import.meta.dirname, "../../packages/agent/src/Inbox.ts")).slice(1, -1)
    const { stdout, stderr } = small(`
    import("${inbox}").then(({ open }) => {
      const options = { folder: process.argv[1], shape: [2, 2, 1], validation: 0, most: 1e9 }
      const inbox = open(options)
      let kept = 0, code
      while (code === undefined)
        try { inbox.add({ labels: Array(50).fill(7), inputs: new Uint8Array(200).fill(7) }); kept += 50 } catch (error) { code = error.code }
      const waiting = inbox.waiting()
      inbox.close()
      const again = open(options)
      console.log(JSON.stringify({ code, kept, waiting, again: again.waiting() }))
    })`)
    expect(stderr).toBe("")
    const { code, kept, waiting, again } = JSON.parse(stdout)
    expect(code).toBe("ENOSPC")
    expect(kept).toBeGreaterThan(1000)
    expect([waiting, again]).toEqual([kept, kept])
  }
)

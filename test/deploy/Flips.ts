/**
 * A real bundle with one changed byte after another: each must be refused, in one sentence of ours.
 *
 *     node test/deploy/Flips.ts BUNDLE PUBLIC_KEY [--count 100000] [--seed 1] [--out FILE]
 *
 * Goes in slices of 5,000, each a line of the file with the bundle's SHA-256; one that is there is not tried again.
 */
import assert from "node:assert/strict"
import { createPublicKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Rng from "@edgeol/core/Rng"
import * as Bundle from "@edgeol/deploy/Bundle"
import { BundleError } from "@edgeol/deploy/BundleError"
import * as Manifest from "@edgeol/deploy/Manifest"
import * as Slices from "../fakes/Slices.ts"

export type Verdict = "refused" | "repaired" | "obeyed"

/** Bytes, and what becomes of them where the one at a place was changed. */
export interface Subject {
  readonly name: string
  readonly bytes: Uint8Array
  readonly judge: (changed: Uint8Array, place: number) => Verdict | Promise<Verdict>
}

export interface Outcome {
  readonly name: string
  readonly bytes: number
  readonly flips: number
  readonly refused: number
  readonly repaired: number
}

/** Changes one byte after another. Throws where one is obeyed. */
export const flip = async (
  { name, bytes, judge }: Subject,
  places: Iterable<number>,
  rng: Rng.Rng
): Promise<Outcome> => {
  const changed = Buffer.from(bytes)
  const counts = { refused: 0, repaired: 0, obeyed: 0 }
  let flips = 0
  for (const place of places) {
    const mask = 1 + rng.below(255)
    changed[place]! ^= mask
    const verdict = await judge(changed, place)
    changed[place]! ^= mask
    assert.notEqual(verdict, "obeyed", `${name} is obeyed with its byte ${place} xor ${mask}`)
    counts[verdict] += 1
    flips += 1
  }
  return { name, bytes: bytes.length, flips, refused: counts.refused, repaired: counts.repaired }
}

/** One sentence, or more than one fit for people: no parser's words alone, no stack. */
export const isSentence = (message: string): boolean => /^[A-Z/][^\n]*\.$/.test(message)

export const bundle = (bytes: Uint8Array, trusted: Parameters<typeof Bundle.open>[1]): Subject => ({
  name: `bundle ${Manifest.sha256(bytes)}`,
  bytes,
  judge: async (changed) => {
    try {
      await Bundle.open(changed, trusted)
      return "obeyed"
    } catch (error) {
      assert.ok(error instanceof BundleError && isSentence(error.message), String(error))
      return "refused"
    }
  }
})

const slice = 5000

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { count: { type: "string" }, seed: { type: "string" }, out: { type: "string" } },
    allowPositionals: true
  })
  const [file = "", key = ""] = positionals
  const trusted = [createPublicKey(readFileSync(key, "utf8"))]
  const subject = bundle(readFileSync(file), trusted)
  await Bundle.open(subject.bytes, trusted)
  const { count = "100000", seed = "1", out } = values
  const outcomes = await Slices.run(Number(seed), Math.ceil(Number(count) / slice), out, async (one) => {
    const rng = Rng.named(one, "flips")
    const places = Array.from({ length: slice }, () => rng.below(subject.bytes.length))
    return { seed: one, ...(await flip(subject, places, rng)) }
  })
  assert.ok(
    outcomes.every(({ name }) => name === subject.name),
    `${out} is of another bundle`
  )
  console.log(
    JSON.stringify({ flips: outcomes.length * slice, refused: outcomes.reduce((n, { refused }) => n + refused, 0) })
  )
}

/**
 * Mini 20 Newsgroups (Lang, 1995): 100 posts of each of 20 groups. Their text stays in here: a post becomes counts of words
 * hashed into 1024 places, and no message quotes it.
 */
import type * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import type { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import { damaged, type Read } from "./formats/Damage.ts"
import * as Tar from "./formats/Tar.ts"
import * as Files from "./internal/Files.ts"
import * as Kept from "./internal/Kept.ts"
import type { Stream } from "./Stream.ts"

export const PLACES = 1024
const shape: Examples.Examples["shape"] = [1, 1, PLACES]
const GROUPS = 20
const POSTS = 100

export interface Posts {
  /** Names, in the order of the alphabet. */
  readonly groups: ReadonlyArray<string>
  readonly examples: Examples.Examples
}

export const read = (data: string): Effect.Effect<Posts, SamplesError> =>
  Effect.flatMap(Files.read(data, "mini-newsgroups/mini_newsgroups.tar.gz"), ({ bytes, path }) =>
    Effect.fromResult(Result.flatMap(Tar.read(bytes, path), (members) => assemble(members, path)))
  )

/** Members are `mini_newsgroups/{group}/{number}`, as many of each group. */
export const assemble = (members: ReadonlyArray<Tar.Member>, file: string): Read<Posts> => {
  const posts = members.map(({ content, name, offset }) => ({
    content,
    name,
    offset,
    group: name.split("/").at(-2) ?? ""
  }))
  const groups = [...new Set(posts.map(({ group }) => group))].toSorted()
  if (groups.length !== GROUPS || posts.length !== GROUPS * POSTS)
    return damaged(file, 0, `it holds ${posts.length} posts of ${groups.length} groups, not 2000 of 20`)
  const inputs = new Uint8Array(posts.length * PLACES)
  for (const [i, { content, name, offset }] of posts.entries()) {
    const body = bodyOf(content)
    if (body === undefined) return damaged(file, offset, `${name} has no blank line after its headers`)
    inputs.set(bagOf(body), i * PLACES)
  }
  const labels = Int32Array.from(posts, ({ group }) => groups.indexOf(group))
  return Result.succeed({ groups, examples: { count: posts.length, shape, inputs, labels } })
}

/** What follows the first blank line: headers name authors and, worse, the group. Posts are Latin-1. */
const bodyOf = (post: Uint8Array): string | undefined => {
  const text = Buffer.from(post.buffer, post.byteOffset, post.byteLength).toString("latin1")
  const blank = /\r?\n\r?\n/.exec(text)
  return blank === null ? undefined : text.slice(blank.index + blank[0].length)
}

/**
 * Words of two letters and more, hashed (Weinberger et al., 2009, without signs): `ln(1 + count)` over the length of the
 * whole vector, times 1020, cut off at 255. In 100 different words each has about 102.
 */
export const bagOf = (text: string): Uint8Array => {
  const counts = new Float64Array(PLACES)
  for (const word of text.toLowerCase().match(/[a-z]{2,20}/g) ?? []) counts[hash(word) % PLACES]! += 1
  const weights = counts.map(Math.log1p)
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0))
  return Uint8Array.from(weights, (weight) => Math.min(255, Math.round((1020 * weight) / (length || 1))))
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
const hash = (word: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < word.length; i++) value = Math.imul(value ^ word.charCodeAt(i), 0x01000193)
  return value >>> 0
}

/** Topics in turn: 8 first, then four times 3 more. */
export const nc =
  ({ examples, groups }: Posts) =>
  (seed: number): Stream => {
    const order = Rng.named(seed, "mini-newsgroups/classes").permutation(GROUPS)
    const source = { seed, images: examples, order, roles: Kept.independent(examples, seed, "mini-newsgroups") }
    return {
      name: "mini-newsgroups/nc",
      version: 1,
      classes: Array.from(order, (group) => groups[group]!),
      shape,
      scenarios: Kept.classes(source, 8, 3, GROUPS)
    }
  }

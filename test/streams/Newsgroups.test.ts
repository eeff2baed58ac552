import { fc, it } from "@fast-check/vitest"
import * as Tar from "@edgeol/streams/formats/Tar"
import * as Newsgroups from "@edgeol/streams/Newsgroups"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import { data, has } from "../data.ts"
import { tar } from "./bytes.ts"
import { expectSentence, failureOf } from "./formats/sentences.ts"
import * as Pools from "./pools.ts"

const group = (number: number) => `${"abcdefghijklmnopqrst"[number]}.group`

/** Words of letters alone that tell a post from all others. */
const word = (number: number) => `w${Array.from(String(number), (digit) => "abcdefghij"[Number(digit)]).join("")}`

const posts = Array.from({ length: 2000 }, (_, i): readonly [string, Uint8Array] => {
  const text = `From: someone\nSubject: secret\n\n${word(i)} ${word(7 * i)} ${word(i % 20)} again`
  return [`mini_newsgroups/${group(i % 20)}/${i}`, Buffer.from(text)]
})

const assemble = (files: ReadonlyArray<readonly [string, Uint8Array]>) =>
  Newsgroups.assemble(Result.getOrThrow(Tar.read(tar(files), "posts.tar")), "posts.tar")

describe("mini-newsgroups/nc", () => {
  const read = Result.getOrThrow(assemble(posts))

  test("has topics in turn, 8 first and then 3 at a time", () => {
    const { classes, scenarios } = Newsgroups.nc(read)(1)
    expect(classes.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => group(i)))
    expect(scenarios.map((scenario) => scenario.classes.length)).toEqual([8, 3, 3, 3, 3])
    expect(
      scenarios.map(({ train, validation, heldOut }) => [train, validation, heldOut].map((p) => p.labels.length))
    ).toEqual([[440, 80, 280], ...Array.from({ length: 4 }, () => [165, 30, 105])])
  })

  test("looks at the body alone", () => {
    const other = posts.map(([name, content], i) => {
      return [
        name,
        Buffer.from(
          Buffer.from(content)
            .toString()
            .replace("secret", word(3 * i))
        )
      ] as const
    })
    expect(Result.getOrThrow(assemble(other)).examples.inputs).toEqual(read.examples.inputs)
  })

  test("of a damaged archive says what is wrong and nothing of what posts say", () => {
    const headless = posts.map(
      ([name, content], i) => [name, i === 70 ? Buffer.from("secret words") : content] as const
    )
    for (const files of [headless, posts.slice(1), posts.slice(100, 200)]) {
      const outcome = assemble(files)
      expectSentence(outcome, "posts.tar")
      expect(failureOf(outcome)).not.toMatch(/secret|words/)
    }
    expect(failureOf(assemble(headless))).toContain("mini_newsgroups/k.group/70 has no blank line")
  })
})

describe("a bag of words", () => {
  const words = fc.array(fc.constantFrom("apple", "pear", "Plum", "fig"), { minLength: 1, maxLength: 30 })

  it.prop([words])("does not depend on order, case, or what is no word", (list) => {
    const bag = Newsgroups.bagOf(list.join(" "))
    expect(Newsgroups.bagOf(list.toReversed().join(" 12, \n> ").toUpperCase())).toEqual(bag)
    expect(bag.filter((byte) => byte > 0)).toHaveLength(new Set(list).size)
  })

  test("of nothing is empty, of a hundred words about 102 each", () => {
    expect(Math.max(...Newsgroups.bagOf("1 2 3 !"))).toBe(0)
    const bag = Newsgroups.bagOf(Array.from({ length: 100 }, (_, i) => word(i * i)).join(" "))
    const some = bag.filter((byte) => byte > 0)
    expect(some.length).toBeGreaterThan(85)
    expect(some.toSorted()[some.length >> 1]).toBeGreaterThan(90)
  })
})

describe.skipIf(!has("mini-newsgroups"))("the published posts (needs shared data)", () => {
  test("obey the laws of kept streams", async () => {
    const { examples, groups } = await Effect.runPromise(Newsgroups.read(data))
    expect(examples.count).toBe(2000)
    expect([groups[0], groups[19]]).toEqual(["alt.atheism", "talk.religion.misc"])
    const { scenarios } = Newsgroups.nc({ examples, groups })(1)
    const { inputs } = Pools.everyImage(scenarios[0]!.train)
    expect(inputs.some((byte) => byte > 0)).toBe(true)
  })
})

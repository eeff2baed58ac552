import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fc, it } from "@fast-check/vitest"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import * as Folder from "@edgeol/streams/Folder"
import type { Stream } from "@edgeol/streams/Stream"
import { Effect, Result } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { png, ppm } from "./bytes.ts"
import { failureOf } from "./formats/sentences.ts"
import * as Pools from "./pools.ts"
import { small } from "./streams.ts"

const home = mkdtempSync(join(tmpdir(), "edgeol-folder-"))
afterAll(() => rmSync(home, { recursive: true }))

const put = (path: string, content: Uint8Array | string) => {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), content)
}

/** One colour, which tells images apart. */
const plain = (width: number, height: number, ...colour: ReadonlyArray<number>) =>
  Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3]!)

/** `count` images of a class, in PNG and PPM by turns, some wide and some tall. */
const fill = (root: string, session: string, name: string, count: number) => {
  for (let i = 0; i < count; i++) {
    const pixels = plain(8, 6, session.length * 11, name.length * 9, i)
    const at = join(root, session, name, `image${i}`)
    if (i % 2 === 0) put(`${at}.png`, png(8, 6, pixels))
    else put(`${at}.ppm`, ppm(6, 8, pixels))
  }
}

const sound = (root: string) => {
  fill(root, "day 2", "cup", 20)
  fill(root, "day 2", "apple", 20)
  fill(root, "day 10", "apple", 20)
  fill(root, "day 10", "banana", 20)
  put(join(root, ".DS_Store"), "")
  put(join(root, "day 2", "cup", ".hidden"), "")
  put(join(root, "README.txt"), "Mine.")
}
sound("sound")

const opened = (name: string) => Effect.runPromise(Effect.result(Catalog.open(name, home)))
const open = async (name: string): Promise<Stream> => Result.getOrThrow(await opened(name))(1)

describe("a sound folder", () => {
  test("is a stream: sessions in order, numbers by value, classes as they appear", async () => {
    const stream = await open("folder:sound")
    expect(stream.scenarios.map(({ name }) => name)).toEqual(["day 2", "day 10"])
    expect(stream.classes).toEqual(["apple", "cup", "banana"])
    expect(stream.scenarios.map(({ classes }) => classes)).toEqual([
      [0, 1],
      [0, 2]
    ])
    expect(stream.shape).toEqual([32, 32, 3])
    const images = await Effect.runPromise(Catalog.images("folder:sound", home))
    expect(images).toEqual({ classes: 3, shape: [32, 32, 3] })
  })

  test("becomes the stated size, with the images' own colours", async () => {
    const stream = await open("folder@5:sound")
    expect(stream.shape).toEqual([5, 5, 3])
    const { inputs, labels } = Pools.everyImage(stream.scenarios[1]!.train)
    expect(inputs).toHaveLength(labels.length * 75)
    expect([...inputs.subarray(0, 6)]).toEqual([66, 45, 0, 66, 45, 0])
    expect([...inputs.subarray(75, 78)]).toEqual([66, 45, 1])
  })

  test("is cut from the middle and averaged over areas", async () => {
    const grey = (...values: ReadonlyArray<number>) => Uint8Array.from(values.flatMap((value) => [value, value, value]))
    const wide = png(4, 2, grey(255, 10, 20, 255, 255, 30, 60, 255))
    const tall = ppm(2, 3, grey(0, 90, 30, 60, 60, 30))
    for (const session of ["1", "2"])
      for (const [name, bytes] of Object.entries({ tall, wide }))
        for (const file of "abc") put(`areas/${session}/${name}/${file}`, bytes)
    const image = async (size: number, place: number) =>
      [...(await open(`folder@${size}:areas`)).scenarios[0]!.train.take([place]).inputs].filter((_, i) => i % 3 === 0)
    expect(await image(1, 1)).toEqual([30])
    expect(await image(2, 1)).toEqual([10, 20, 30, 60])
    expect(await image(3, 1)).toEqual([10, 15, 20, 20, 30, 40, 30, 45, 60])
    expect(await image(2, 0)).toEqual([15, 75, 45, 45]) // half of the first and the last row is cut off
  })

  test("is split in blocks: 11 to learn, 2 to validate, 7 to be asked about, of 20", async () => {
    const stream = await open("folder:sound")
    for (const { heldOut, train, validation } of stream.scenarios) {
      const last = [train, validation, heldOut].map((pool) => {
        const { inputs } = Pools.everyImage(pool)
        return [...new Set(inputs.filter((_, i) => i % 3 === 2))]
      })
      expect(last).toEqual([
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        [11, 12],
        [13, 14, 15, 16, 17, 18, 19]
      ])
    }
  })

  test("feeds a run", async () => {
    const feed = Result.getOrThrow(Feed.make(await open("folder:sound"), small, 3))
    expect(feed.batches).toHaveLength(small.batches.perScenario)
    expect(feed.heldOut.map(({ count }) => count)).toEqual([10, 10])
  })

  test("says when its images do not fit the model", async () => {
    const experiment = { ...small, model: { kind: "resnet8", weights: "w.h5" } } as const
    expect(failureOf(Feed.make(await open("folder@16:sound"), experiment, 3))).toBe(
      "folder@16:sound gives 16 x 16 x 3 and resnet8 takes 32 x 32 x 3; choose another model in the experiment."
    )
  })

  test("comes with an experiment to begin from", async () => {
    const { experiment } = await Effect.runPromise(Experiment.load("folder/images"))
    expect(Folder.parse(experiment.stream)).toEqual({ name: experiment.stream, path: "images", size: 32 })
  })
})

it.prop([fc.integer({ min: 3, max: 400 })])("splits any class into three parts that share nothing", (count) => {
  const files = Array.from({ length: count }, (_, i) => String(i))
  const { heldOut, train, validation } = Folder.split(files)
  expect([...train, ...validation, ...heldOut]).toEqual(files)
  expect(Math.min(train.length, validation.length, heldOut.length)).toBeGreaterThan(0)
})

describe("is refused in one sentence that names the path:", () => {
  const spoil = (name: string, damage: () => void) => {
    sound(name)
    damage()
    return opened(`folder:${name}`)
  }
  const cases: ReadonlyArray<readonly [string, string, string, () => void]> = [
    [
      "a class with one image",
      "day 2/dog",
      "too few images (1)",
      () => put("a/day 2/dog/1.png", png(1, 1, plain(1, 1, 1)))
    ],
    ["a class without images", "day 2/dog", "too few images (0)", () => put("b/day 2/dog/.keep", "")],
    ["an empty file", "day 2/cup/z.png", "is empty", () => put("c/day 2/cup/z.png", "")],
    ["another format", "day 2/cup/z.jpg", "neither PNG nor", () => put("d/day 2/cup/z.jpg", "\xff\xd8\xff\xe0 JFIF")],
    ["text named as an image", "day 10/apple/z.png", "neither PNG", () => put("e/day 10/apple/z.png", "hello")],
    [
      "an image outside a class",
      "day 2/z.png",
      "outside a class",
      () => put("f/day 2/z.png", png(1, 1, plain(1, 1, 1)))
    ],
    ["a folder among images", "day 2/cup/more", "is a folder", () => put("g/day 2/cup/more/a.png", "x")],
    ["an empty session", "day 3", "has no class folders", () => put("h/day 3/.keep", "")]
  ]
  test.each(cases.map((one, i) => [...one, "abcdefgh"[i]!] as const))("%s", async (_, path, why, damage, name) => {
    const message = failureOf(await spoil(name, damage))
    expect(message.startsWith(join(home, name, path))).toBe(true)
    expect(message).toContain(why)
    expect(message).toMatch(/^[^\n]+; [^\n]+\.$/)
  })

  test("fewer than two sessions, and no folder at all", async () => {
    fill("alone", "day 1", "cup", 4)
    expect(failureOf(await opened("folder:alone"))).toMatch(
      /alone has too few session folders \(1\), .*session\/class\/image\.png\.$/
    )
    expect(failureOf(await opened("folder:nowhere"))).toMatch(
      /nowhere cannot be read as a folder \(no such file or directory\); check/
    )
    expect(failureOf(await opened("folder@0:sound"))).toMatch(/^There is no stream called "folder@0:sound"/)
  })

  test("an image damaged inside, when it is drawn", async () => {
    sound("inside")
    const whole = png(8, 6, plain(8, 6, 1, 2, 3))
    for (const file of ["image0", "image2", "image4"]) put(`inside/day 10/apple/${file}.png`, whole.subarray(0, 50))
    const stream = await open("folder:inside")
    const message = failureOf(Feed.make(stream, { ...small, batches: { ...small.batches, samples: 16 } }, 1))
    expect(message).toMatch(/day 10.apple.image[024]\.png is damaged: [^\n]*; fetch the file again\.$/)
  })
})

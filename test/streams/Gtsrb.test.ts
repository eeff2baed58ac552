import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import * as Gtsrb from "@edgeol/streams/Gtsrb"
import * as Tar from "@edgeol/streams/formats/Tar"
import * as Stream from "@edgeol/streams/Stream"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import { ppm, tar } from "./bytes.ts"
import { data, has } from "../data.ts"
import { failureOf } from "./formats/sentences.ts"
import { everyImage, laws } from "./pools.ts"

const five = (n: number) => String(n).padStart(5, "0")

/** As the archive, but the first pixel says class, track and frame. */
const members: ReadonlyArray<Tar.Member> = Array.from({ length: 43 * 7 * 30 }, (_, i) => {
  const [sign, track, frame] = [Math.floor(i / 210), Math.floor(i / 30) % 7, i % 30]
  const pixels = new Uint8Array(3072)
  pixels.set([sign, track, frame])
  const name = `Final_Training/Images/${five(sign)}/${five(track)}_${five(frame)}.ppm`
  return { name, offset: 512 * i, content: ppm(32, 32, pixels) }
})

const images = Result.getOrThrow(Gtsrb.assemble(members, "a.tar.gz"))
const streams = {
  "gtsrb32/ni": Gtsrb.ni(images),
  "gtsrb32/nc": Gtsrb.nc(images),
  "gtsrb32/nic": Gtsrb.nic(images),
  "gtsrb32/tracks": Gtsrb.tracks(images)
}

/** Tracks that a pool has, as class/track. */
const tracksOf = (pool: Stream.Pool): ReadonlySet<string> => {
  const { count, inputs } = everyImage(pool)
  return new Set(Array.from({ length: count }, (_, i) => `${inputs[i * 3072]}/${inputs[i * 3072 + 1]}`))
}

describe.each(Object.entries(streams))("%s", (name, make) => {
  laws(name, make)

  test("holds tracks 5 and 6 out, and validates on one whole track of each class", () => {
    const stream = make(7)
    const { heldOut, train, validation } = stream.scenarios[0]!
    const classes = stream.scenarios[0]!.classes.length
    expect(tracksOf(heldOut).size).toBe(2 * classes)
    expect([...tracksOf(heldOut)].every((pair) => /\/[56]$/.test(pair))).toBe(true)
    expect(tracksOf(validation).size).toBe(classes)
    const learnt = name === "gtsrb32/tracks" ? 1 : 4
    expect(tracksOf(train).size).toBe(learnt * classes)
    expect(new Set([...tracksOf(train), ...tracksOf(validation)]).size).toBe((learnt + 1) * classes)
  })
})

test("scenarios have 16 classes each, or 10 and then 5 more", () => {
  expect(streams["gtsrb32/ni"](1).scenarios.map(({ classes }) => classes.length)).toEqual([16, 16, 16, 16, 16])
  const nc = streams["gtsrb32/nc"](1)
  expect(nc.scenarios.map(({ classes }) => classes.length)).toEqual([10, 5, 5, 5, 5])
  expect(nc.scenarios.map((_, s) => Stream.seen(nc, s))).toEqual([10, 15, 20, 25, 30])
})

test.each([1, 2])("nic has five new classes and five old ones in each other light (seed %i)", (seed) => {
  const { scenarios } = streams["gtsrb32/nic"](seed)
  expect(scenarios.map(({ name }) => name)).toEqual(["clear", "dark", "fog", "cast", "blur"])
  for (const [s, { classes }] of scenarios.entries()) {
    const before = s === 0 ? 0 : 5 + 5 * s
    expect(classes.filter((label) => label >= before)).toEqual(
      Array.from({ length: s === 0 ? 10 : 5 }, (_, i) => before + i)
    )
    expect(new Set(classes).size).toBe(10)
  }
})

test.each([1, 2])(
  "tracks gives each scenario one more track of every class, and asks about the same (seed %i)",
  (seed) => {
    const { scenarios } = streams["gtsrb32/tracks"](seed)
    const learnt = scenarios.map(({ train }) => tracksOf(train))
    expect(learnt.map(({ size }) => size)).toEqual([16, 16, 16, 16])
    expect(new Set(learnt.flatMap((tracks) => [...tracks])).size).toBe(64)
    expect(scenarios.map(({ train }) => train.labels.length)).toEqual([480, 480, 480, 480])
    const [asked] = scenarios.map(({ heldOut }) => everyImage(heldOut).inputs)
    expect(scenarios.every(({ heldOut }) => Buffer.compare(everyImage(heldOut).inputs, asked!) === 0)).toBe(true)
  }
)

describe("a damaged archive", () => {
  const outcome = (changed: ReadonlyArray<Tar.Member>) => failureOf(Gtsrb.assemble(changed, "a.tar.gz"))

  test("without an image says how many there are", () => {
    expect(outcome(members.slice(1))).toContain("it holds 9029 of 9030 images")
  })

  test("with a damaged image names it", () => {
    const [first, ...rest] = members
    const cut = { ...first!, content: first!.content.slice(0, 1000) }
    expect(outcome([cut, ...rest])).toMatch(
      /^a\.tar\.gz: Final_Training\/Images\/00000\/00000_00000\.ppm is damaged at byte \d+: 32 x 32 pixels need 3072 bytes/
    )
    expect(outcome([{ ...first!, name: "other.ppm" }, ...rest])).toContain("other.ppm is not an image of this data set")
    expect(outcome([{ ...first!, content: ppm(1, 1, new Uint8Array(3)) }, ...rest])).toContain("is 1 x 1, not 32 x 32")
  })
})

describe("read", () => {
  const folder = mkdtempSync(join(tmpdir(), "edgeol-gtsrb-"))
  const path = join(folder, "gtsrb32/train-43x7x30.tar.gz")
  mkdirSync(join(folder, "gtsrb32"))
  const failure = async () => (await Effect.runPromise(Effect.flip(Gtsrb.read(folder)))).message

  test("says what is missing, cut short or damaged", async () => {
    expect(await failure()).toBe(
      `${path} cannot be read (no such file or directory); put it there, or name its data folder with --data.`
    )
    const whole = gzipSync(tar([[members[0]!.name, members[0]!.content]]))
    writeFileSync(path, whole.subarray(0, whole.length - 30))
    expect(await failure()).toBe(`${path} is damaged or cut short (unexpected end of file); fetch the file again.`)
    const turned = Buffer.from(whole)
    turned[turned.length - 6]! ^= 1
    writeFileSync(path, turned)
    expect(await failure()).toMatch(/ is damaged or cut short \(incorrect data check\); fetch the file again\.$/)
    writeFileSync(path, whole)
    expect(await failure()).toMatch(/it holds 1 of 9030 images; fetch the file again\.$/)
  })

  test.skipIf(!has("gtsrb32"))("reads the published archive, pixel for pixel (needs shared data)", async () => {
    const read = await Effect.runPromise(Gtsrb.read(data))
    const archive = gunzipSync(readFileSync(join(data, "gtsrb32/train-43x7x30.tar.gz")))
    const [first] = Result.getOrThrow(Tar.read(archive, "a.tar.gz"))
    expect(read.count).toBe(9030)
    // The README of the data: the pixels are the last 3,072 bytes of each file.
    expect(Buffer.compare(read.inputs.subarray(0, 3072), first!.content.subarray(-3072))).toBe(0)
  })
})

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inflateRawSync } from "node:zlib"
import * as Catalog from "@edgeol/streams/Catalog"
import * as Core50 from "@edgeol/streams/Core50"
import * as Orders from "@edgeol/streams/Core50Orders"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import { Effect, Result } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { data, has } from "../data.ts"
import { png } from "./bytes.ts"
import { failureOf } from "./formats/sentences.ts"
import * as Pools from "./pools.ts"

const home = mkdtempSync(join(tmpdir(), "edgeol-core50-"))
afterAll(() => rmSync(home, { recursive: true }))

const FRAMES = 5
const two = (number: number) => String(number).padStart(2, "0")
const fileOf = (session: number, object: number, frame: number) =>
  `s${session}/o${object + 1}/C_${two(session)}_${two(object + 1)}_00${frame}.png`

/** Every film in a few frames of one colour: red says the session, green the object, blue the frame. */
const colours = ([red, green, blue]: readonly [number, number, number]) => {
  const pixels = Uint8Array.of(red, green, blue, red, green, blue, red, green, blue, red, green, blue)
  return png(2, 2, pixels)
}

for (let session = 1; session <= 11; session++)
  for (let object = 0; object < 50; object++) {
    mkdirSync(join(home, `core50_128x128/s${session}/o${object + 1}`), { recursive: true })
    for (let frame = 0; frame < FRAMES; frame++)
      writeFileSync(join(home, "core50_128x128", fileOf(session, object, frame)), colours([session, object, frame]))
  }

const films = await Effect.runPromise(Core50.read(home))

/** Of each image: session, object, frame. */
const seenIn = (pool: Parameters<typeof Pools.everyImage>[0]) => {
  const { count, inputs } = Pools.everyImage(pool)
  const at = (i: number) => inputs[i]!
  return Array.from({ length: count }, (_, i) => [at(3072 * i), at(3072 * i + 1), at(3072 * i + 2)] as const)
}
const distinct = (numbers: ReadonlyArray<number>) => [...new Set(numbers)].toSorted((a, b) => a - b)

describe("core50/nc", () => {
  Pools.laws("core50/nc", Core50.nc(films))

  test("numbers objects as they appear in its run, and names them after their category", () => {
    const { classes, scenarios } = Core50.nc(films)(1)
    expect(scenarios.map((scenario) => scenario.classes.length)).toEqual([10, 5, 5, 5, 5, 5, 5, 5, 5])
    expect(classes.slice(0, 12)).toEqual(
      "plug_adapter1 mobile_phone1 scissor1 light_bulb1 can1 glass1 ball1 marker1 cup1 remote_control1 glass5 ball5".split(
        " "
      )
    )
    const objects = distinct(seenIn(scenarios[1]!.train).map(([, object]) => object))
    expect(objects).toEqual([29, 34, 39, 44, 49])
    expect(scenarios[1]!.classes).toEqual([10, 11, 12, 13, 14])
  })

  test("tests on sessions 3, 7 and 10, validates on the end of each film", () => {
    for (const { heldOut, train, validation } of Core50.nc(films)(3).scenarios) {
      expect(distinct(seenIn(heldOut).map(([session]) => session))).toEqual([3, 7, 10])
      expect(distinct(seenIn(train).map(([session]) => session))).toEqual([1, 2, 4, 5, 6, 8, 9, 11])
      expect(distinct(seenIn(train).map(([, , frame]) => frame))).toEqual([0, 1, 2, 3])
      expect(distinct(seenIn(validation).map(([, , frame]) => frame))).toEqual([4])
    }
  })
})

describe("core50/ni", () => {
  Pools.laws("core50/ni", Core50.ni(films))

  test("has one training session per scenario, each once", () => {
    const { scenarios } = Core50.ni(films)(2)
    const sessions = scenarios.map(({ train }) => distinct(seenIn(train).map(([session]) => session)))
    expect(sessions.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 4, 5, 6, 8, 9, 11])
    expect(scenarios.every(({ classes }) => classes.length === 50)).toBe(true)
  })
})

describe("the generator", () => {
  test("rounds halves up as Python 2 does: every object comes once", () => {
    const all = Array.from({ length: 9 }, (_, batch) => Orders.objectsOf(batch)).flat()
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, object) => object))
    expect(Orders.objectsOf(1)).toEqual([1, 6, 11, 16, 21])
    expect(Orders.objectsOf(5)).toEqual([3, 8, 13, 18, 23])
  })

  test.skipIf(!has("core50-meta"))("gives the ten official orders of new classes (needs shared data)", () => {
    const { runs } = JSON.parse(readFileSync(join(data, "core50-meta/derived/nc_runs.json"), "utf8"))
    const ours = Array.from({ length: 10 }, (_, run) =>
      Orders.newClasses(run).map((batch) => [...new Set(batch.map(({ object }) => object))])
    )
    expect(ours).toEqual(runs)
  })

  test.skipIf(!has("core50-meta"))("gives batches of the official sizes (needs shared data)", () => {
    const frames = published()
    const sizes = (batches: ReadonlyArray<Orders.Batch>) =>
      batches.map((batch) => batch.reduce((sum, { object, session }) => sum + frames[object]![session - 1]!, 0))
    const total = (batches: ReadonlyArray<Orders.Batch>) => sizes(batches).reduce((sum, size) => sum + size, 0)
    expect(sizes(Orders.newClasses(0))).toEqual([23980, 11993, 11990, 11993, 11989, 11979, 11990, 11987, 11993])
    expect([total(Orders.newClasses(7)), total(Orders.newInstances(7))]).toEqual([119_894, 119_894])
    const tested = frames.flatMap((row) => Orders.testSessions.map((session) => row[session - 1]!))
    expect(tested.reduce((sum, count) => sum + count, 0)).toBe(44_972)
  })

  test.skipIf(!has("core50-meta"))("names objects as the official list does (needs shared data)", () => {
    const list = readFileSync(join(data, "core50-meta/core50_labels.txt"), "utf8").trim().split("\n")
    expect(Array.from({ length: 50 }, (_, object) => Core50.nameOf(object))).toEqual(list)
  })

  test.skipIf(!has("core50-meta"))("the official reduced test list is read: 2,249 images (needs shared data)", () => {
    const file = join(data, "core50-meta/test_filelist_reduced.txt")
    const places = Core50.parseList(readFileSync(file, "utf8"), file, (path) => Number(/^s(\d+)/.exec(path)![1]))
    expect(places).toHaveLength(2249)
    expect(distinct(places)).toEqual([3, 7, 10])
  })
})

/** Frames by object and session, from the published archive. */
const published = (): ReadonlyArray<ReadonlyArray<number>> => {
  const zip = readFileSync(join(data, "core50-meta/dataset_dims.zip"))
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50;) {
    const name = zip.toString("utf8", at + 30, at + 30 + zip.readUInt16LE(at + 26))
    const from = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28)
    at = from + zip.readUInt32LE(at + 18)
    if (!name.endsWith("Color128x128.tsv")) continue
    const rows = inflateRawSync(zip.subarray(from, at)).toString().trim().split("\n").slice(1, 51)
    return rows.map((row) => row.trim().split("\t").slice(1, 12).map(Number))
  }
  return []
}

describe("core50/nicv2-79, from file lists", () => {
  /** Lists of three batches for each of ten runs; the first has films of objects 7 and 3, in that order. */
  const lists = (root: string, batches: ReadonlyArray<ReadonlyArray<readonly [session: number, object: number]>>) => {
    for (let run = 0; run < 10; run++) {
      mkdirSync(join(root, "NIC_v2_79", `run${run}`), { recursive: true })
      batches.forEach((batch, i) => {
        const lines = batch.flatMap(([session, object]) =>
          Array.from({ length: FRAMES }, (_, frame) => `${fileOf(session, object, frame)} ${object + run}`)
        )
        writeFileSync(
          join(root, "NIC_v2_79", `run${run}`, `train_batch_${two(i)}_filelist.txt`),
          `${lines.join("\n")}\n`
        )
      })
    }
  }
  const usual = [
    [
      [1, 7],
      [1, 3]
    ],
    [
      [4, 3],
      [5, 12]
    ],
    [[9, 7]]
  ] as const
  lists(home, usual)
  const first = join(home, "NIC_v2_79/run0/train_batch_00_filelist.txt")
  const opened = () => Effect.runPromise(Effect.result(Catalog.open("core50/nicv2-79@1", home)))

  test("scenarios are the lists; objects are numbered as they appear, whatever label the list gives", async () => {
    const { classes, scenarios } = Result.getOrThrow(await opened())(2)
    expect(classes).toEqual(["mobile_phone3", "plug_adapter4", "scissor3"])
    expect(scenarios.map((scenario) => scenario.classes)).toEqual([[0, 1], [1, 2], [0]])
    expect(distinct(seenIn(scenarios[1]!.train).map(([session, object]) => 100 * session + object))).toEqual([403, 512])
    expect(distinct(seenIn(scenarios[2]!.heldOut).map(([, object]) => object))).toEqual([7])
  })

  test("feeds a run of its experiment, with fewer images to score on", async () => {
    const { experiment } = await Effect.runPromise(Experiment.load("core50/nicv2-79"))
    const stream = Result.getOrThrow(await opened())(1)
    const feed = Result.getOrThrow(Feed.make(stream, { ...experiment, heldOut: 6 }, 1))
    expect(feed.requests).toHaveLength(2 * experiment.requests.perScenario)
  })

  test("refuses lists that are not there, have gaps or name what is not there", async () => {
    const whole = readFileSync(first, "utf8")
    const withList = async (text: string) => {
      writeFileSync(first, text)
      const message = failureOf(await opened())
      writeFileSync(first, whole)
      return message
    }
    expect(await withList(whole.replace("_004.png", "_104.png"))).toMatch(
      /train_batch_00_filelist\.txt, line 5: s1\/o8\/C_01_08_104\.png is not in core50_128x128; unpack the images again\.$/
    )
    expect(await withList("o1/x.png\n")).toMatch(/line 1: this is not an image with a label; write it as "[^\n]*"\.$/)
    expect(await withList("")).toMatch(/line 1: this is not/)
    const spare = join(home, "NIC_v2_79/run3/train_batch_01_filelist.txt")
    copyFileSync(spare, join(home, "kept"))
    rmSync(spare)
    expect(failureOf(await opened())).toMatch(
      /run3 lacks the list of training batch 1; unpack CORe50's file lists again\.$/
    )
    copyFileSync(join(home, "kept"), spare)
    const other = await Effect.runPromise(Effect.result(Catalog.open("core50/nic@1", home)))
    expect(failureOf(other)).toMatch(/NIC_inc is not there; unpack [^\n]*--data names\.$/)
  })
})

test("a film that is missing or has one frame is refused by its path", async () => {
  const failure = async () => failureOf(await Effect.runPromise(Effect.result(Core50.read(home))))
  const film = join(home, "core50_128x128/s7/o50")
  cpSync(film, join(home, "film"), { recursive: true })
  for (let frame = 1; frame < FRAMES; frame++) rmSync(join(home, "core50_128x128", fileOf(7, 49, frame)))
  expect(await failure()).toMatch(/s7.o50 has too few images \(1\) [^\n]*; put the whole of core50_128x128 [^\n]*\.$/)
  rmSync(film, { recursive: true })
  expect(await failure()).toMatch(
    /s7.o50 cannot be read \(no such file or directory\); put the whole [^\n]*--data names\.$/
  )
  cpSync(join(home, "film"), film, { recursive: true })
  expect(await failure()).toBe("no error")
})

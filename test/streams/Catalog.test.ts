import * as Catalog from "@edgeol/streams/Catalog"
import * as Experiment from "@edgeol/streams/Experiment"
import * as Feed from "@edgeol/streams/Feed"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import { data, has } from "../data.ts"
import { failureOf } from "./formats/sentences.ts"

test("an unknown stream is refused with the names there are", async () => {
  const outcome = await Effect.runPromise(Effect.result(Catalog.open("gtsrb32/nx@1", data)))
  const known = Catalog.names.join(", ")
  expect(failureOf(outcome)).toBe(
    `There is no stream called "gtsrb32/nx@1"; name one of ${known}, or data of your own by folder:PATH or table:PATH.`
  )
})

/** The folder of the data folder that a stream reads. */
const folderOf = (name: string) => {
  const [first = ""] = name.split("/")
  return (
    {
      cifar10: "cifar10-sample",
      core50: "core50_128x128",
      folder: "images",
      "jetson-jobs": "jetson",
      table: "table.csv"
    }[first] ?? first
  )
}

describe.each(Experiment.names())("%s", (name) => {
  const isHere = name.startsWith("patterns") || has(folderOf(name))

  test.skipIf(!isHere)("feeds a run as it says (needs shared data)", async () => {
    const { experiment } = await Effect.runPromise(Experiment.load(name))
    const stream = (await Effect.runPromise(Catalog.open(experiment.stream, data)))(1)
    expect(`${stream.name}@${stream.version}`).toBe(experiment.stream)
    const { classes, shape } = await Effect.runPromise(Catalog.images(experiment.stream))
    expect([stream.classes.length, stream.shape]).toEqual([classes, shape])
    const feed = Result.getOrThrow(Feed.make(stream, experiment, 1))
    const { labelDelay, labelsMissing, order } = experiment.difficulty ?? {}
    const online = order?.length ?? stream.scenarios.length - 1
    const batches = online * experiment.batches.perScenario
    if (labelDelay === undefined && labelsMissing === undefined) expect(feed.batches).toHaveLength(batches)
    else expect(feed.batches.length).toBeLessThan(batches)
    expect(feed.requests).toHaveLength(online * experiment.requests.perScenario)
    expect(feed.heldOut.map(({ count }) => count)).toEqual(stream.scenarios.map(() => experiment.heldOut))
  })
})

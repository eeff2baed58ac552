import { readdirSync } from "node:fs"
import * as Model from "@edgeol/cli/deploy/Model"
import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Option } from "effect"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"

test("a folder without a model is not trained into", async () => {
  const empty = Edgeol.folder()
  const made = Effect.flatMap(Experiment.load("patterns/nic"), (named) =>
    Model.make(named, { data: "none", seed: 1, threads: Option.none(), initial: Option.some(empty) })
  )
  expect((await Effect.runPromise(Effect.flip(made))).message).toBe(
    `There is no model in ${empty}; name the initial folder of a run with --initial, or leave it out.`
  )
  expect(readdirSync(empty)).toEqual([])
})

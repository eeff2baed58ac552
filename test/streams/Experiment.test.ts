import * as Experiment from "@edgeol/streams/Experiment"
import { Effect, Result } from "effect"
import { describe, expect, test } from "vitest"
import { small } from "./streams.ts"

const load = (name: string) => Effect.runPromise(Effect.result(Experiment.load(name)))
const messageOf = (result: Result.Result<unknown, { readonly message: string }>) =>
  Result.isFailure(result) ? result.failure.message : "no error"

describe("load", () => {
  test.each(Experiment.names())("reads %s", async (name) => {
    expect(Result.getOrThrow(await load(name)).name).toBe(name)
  })

  test("takes the newest version of a name", async () => {
    expect(Result.getOrThrow(await load("patterns/nic")).name).toBe("patterns/nic@1")
    expect(Experiment.newest("a/b", ["a/b@9", "a/b@10", "a/bc@11"])).toBe("a/b@10")
  })

  test("says which experiments there are", async () => {
    const message = messageOf(await load("patterns/nix"))
    expect(message).toMatch(/^There is no experiment called "patterns\/nix"; name one of .*patterns\/nic@1/)
  })

  test("says which file is missing", async () => {
    expect(messageOf(await load("missing/file.yaml"))).toBe(
      "The experiment missing/file.yaml cannot be read (no such file or directory); check the path."
    )
  })
})

describe("parse", () => {
  // JSON is YAML.
  const text = JSON.stringify(small, null, 2)
  test("reads what was written", () => {
    expect(Experiment.parse(text, "a.yaml")).toEqual(Result.succeed(small))
    const some = { ...small, labelled: 0.25 }
    expect(Experiment.parse(JSON.stringify(some), "a.yaml")).toEqual(Result.succeed(some))
  })

  test.each([
    [
      "a NaN",
      text.replace('"secondsBetween": 0.5', '"secondsBetween": .nan'),
      /a\.yaml, line \d+, "batches\.secondsBetween"/
    ],
    [
      "a negative count",
      text.replace('"heldOut": 10', '"heldOut": -1'),
      /a\.yaml, line \d+, "heldOut": .*greater than 0/
    ],
    [
      "a share above one",
      text.replace('"heldOut": 10', '"heldOut": 10, "labelled": 2'),
      /a\.yaml, line \d+, "labelled": .*between 0 and 1/
    ],
    ["a misspelt key", text.replace("weightDecay", "weightdecay"), /"training\.weightdecay": there is no such field;/],
    ["a missing key", text.replace('"heldOut": 10,', ""), /"heldOut": this field is missing;/],
    [
      "heads that do not divide the width",
      JSON.stringify({ ...small, model: { kind: "vit", patch: 4, width: 8, depth: 1, heads: 3 } }),
      /heads": expected a divisor of width, which is 8/
    ],
    ["an unknown model", text.replace("convnet", "transformer"), /"model(\.kind)?": /],
    ["text that is not YAML", "stream: [", /a\.yaml, line 1: this is not YAML/],
    ["nothing", "", /^a\.yaml: the file is empty;/]
  ])("refuses %s in one sentence", (_, text, expected) => {
    const message = messageOf(Experiment.parse(text, "a.yaml"))
    expect(message).toMatch(expected)
    expect(message).toMatch(/; correct the file and run again\.$/)
    expect(message).not.toContain("\n")
  })
})

import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Plan from "@edgeol/cli/evaluate/Plan"
import { Effect, Result } from "effect"
import { expect, test } from "vitest"
import * as Edgeol from "../Edgeol.ts"

const small = {
  rounds: "cold",
  seeds: "[11, 12]",
  streams: "[patterns/nic, mine.yaml]",
  policies: "[immediate, 'edgeol:frequency.needMax=4', periodic:4]",
  chosen: "{ seeds: [101], settings: 40 }"
}

const parse = (changes: Readonly<Record<string, string>>) => {
  const lines = Object.entries({ ...small, ...changes }).map(([key, value]) => `${key}: ${value}\n`)
  return Plan.parse(lines.join(""), "plan.yaml")
}

test("a plan is read, and so is the one that comes with the program", async () => {
  expect(Result.getOrThrow(parse({}))).toMatchObject({ seeds: [11, 12], chosen: { seeds: [101], settings: 40 } })
  const path = join(import.meta.dirname, "../../../experiments/evaluation.yaml")
  expect(Result.getOrThrow(Plan.parse(readFileSync(path, "utf8"), path)).policies).toContain("edgeol")
})

test.each([
  [{ rounds: "tepid" }, /^plan\.yaml, line 1, "rounds": /],
  [{ seeds: "[11, twelve]" }, /^plan\.yaml, line 2, "seeds\.1": /],
  [{ seeds: "[]" }, /^plan\.yaml, line 2, "seeds": /],
  [{ seeds: "[11, 12, 11]" }, /^plan\.yaml, line 2, "seeds\.2": 11 is there twice/],
  [{ seeds: "[12, 101]" }, /^plan\.yaml, line 2, "seeds\.1": 101 is a seed that defaults were chosen on/],
  [
    { streams: "[patterns/nic, patterns/moon]" },
    /^plan\.yaml, line 3, "streams\.1": there is no experiment called "patterns\/moon"; there are .*patterns\/nic@1/
  ],
  [
    { policies: "[immediate, imediate]" },
    /^plan\.yaml, line 4, "policies\.1": There is no policy "imediate"; there are /
  ],
  [{ policies: "[immediate, 'edgeol:needMax=4']" }, /^plan\.yaml, line 4, "policies\.1": .*needMax/],
  [{ policies: "[edgeol, immediate]" }, /^plan\.yaml, line 4, "policies\.0": the first is immediate/],
  [{ polices: "[never]" }, /^plan\.yaml, line 6, "polices": /],
  [{ policies: "[immediate" }, /^plan\.yaml, line \d: this is not YAML/]
])("%j is refused with its line and field", (changes, reason) => {
  const refused = Result.merge(parse(changes)) as string
  expect(refused).toMatch(reason)
  expect(refused).toMatch(/; correct the file and run again\.$/)
  expect(refused).not.toContain("\n")
})

test("a policy's file that is missing is named with its line", async () => {
  const file = join(Edgeol.folder(), "plan.yaml")
  const fields = { ...small, policies: "[immediate, ./gone.ts]" }
  writeFileSync(
    file,
    Object.entries(fields)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join("")
  )
  await expect(Effect.runPromise(Plan.load(file))).rejects.toThrow(
    /plan\.yaml, line 4, "policies\.1": Cannot read the policy in .*gone\.ts: there is no such file; .* run again\.$/
  )
})

test("a plan that is not there is a sentence", async () => {
  await expect(Effect.runPromise(Plan.load("/nowhere/plan.yaml"))).rejects.toThrow(
    "Cannot read /nowhere/plan.yaml: no such file or directory; name a plan in YAML."
  )
})

import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Reproduce from "@edgeol/cli/replay/Reproduce"
import * as Source from "@edgeol/cli/replay/Source"
import * as Sealed from "@edgeol/cli/Sealed"
import * as Tape from "@edgeol/cli/Tape"
import type { Decision } from "@edgeol/core/Decision"
import * as Difference from "@edgeol/core/Difference"
import * as Promises from "@edgeol/core/guards/Promises"
import * as Fingerprint from "@edgeol/core/Fingerprint"
import type { Entry } from "@edgeol/core/Journal"
import { Journal } from "@edgeol/core/Journal"
import * as Policies from "@edgeol/core/Policies"
import type { Policy } from "@edgeol/core/Policy"
import * as Simulate from "@edgeol/sim/Simulate"
import { anyConfig, anySimWorld } from "@edgeol/test"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Ideas from "../../deploy/policies/ideas.ts"
import * as Edgeol from "../Edgeol.ts"

const { header } = Edgeol

const write = (folder: string, own: Tape.Header, entries: ReadonlyArray<Entry>) =>
  Effect.runSync(
    Effect.gen(function* () {
      const journal = yield* Journal
      for (const entry of entries) yield* journal.append(entry)
    }).pipe(Effect.provide(Layer.effect(Journal, Tape.open({ folder, header: own, resume: false }))))
  )

const replay = (place: string) =>
  Effect.runSync(
    Effect.result(
      Effect.flatMap(Source.read(place), (source) =>
        Effect.map(Reproduce.reproduce(source), (reproduced) => ({ ...reproduced, source }))
      )
    )
  )

/** A configuration as a person types it; a list cannot be typed. */
const typed = (name: string, config: object): string => {
  const fields = (of: object, path: string): ReadonlyArray<string> =>
    Object.entries(of).flatMap(([key, value]) =>
      typeof value === "object" && value !== null
        ? fields(value as object, `${path}${key}.`)
        : [`${path}${key}=${value}`]
    )
  const all = fields(config, "")
  return all.length === 0 ? name : `${name}:${all.join(",")}`
}

const anyTyped = fc
  .constantFrom(...Object.keys(anyConfig))
  .chain((name) => anyConfig[name]!.map((config) => typed(name, config)))
  .filter((specification) => {
    try {
      return Policies.parse(specification) !== undefined
    } catch {
      return false
    }
  })

const simulated = (specification: string, make: () => Simulate.World) => {
  const policy = Policies.parse(specification)
  const tape: Array<Entry> = []
  const { fingerprint } = Simulate.run(policy, make(), (entry) => void tape.push(entry))
  return { tape, fingerprint, own: { ...header, policy: { name: policy.name, config: policy.config } } as Tape.Header }
}

test("whatever policy ran in whatever world, its tape is decided again as it was", () => {
  const folder = Edgeol.folder()
  let decisions = 0
  const same = fc.property(anyTyped, anySimWorld({ arrivals: 30 }), (specification, make) => {
    const { tape, fingerprint, own } = simulated(specification, make)
    write(folder, own, tape)
    const found = replay(folder)
    expect(found).toMatchObject({
      _tag: "Success",
      success: { policy: specification, observations: tape.length, fingerprint }
    })
    expect(found).not.toHaveProperty("success.difference")
    if (found._tag === "Success") decisions += found.success.decisions
  })
  fc.assert(same, { numRuns: 60 })
  expect(decisions).toBeGreaterThan(300)
})

test("a decision that was changed is found at its own line", () => {
  const folder = Edgeol.folder()
  const found = fc.property(anyTyped, anySimWorld({ arrivals: 30 }), fc.nat(), (specification, make, pick) => {
    const { tape, own } = simulated(specification, make)
    const i = pick % tape.length
    const before = tape[i]!
    const other: Decision = before.decision._tag === "Train" ? { _tag: "Wait" } : { _tag: "Train" }
    const changed = tape.with(i, { ...before, decision: other })
    write(folder, own, changed)
    const result = replay(folder)
    expect(result).toMatchObject({ _tag: "Success", success: { difference: { line: i + 2 } } })
    if (result._tag === "Failure") return
    const { source, difference } = result.success
    expect(JSON.parse(readFileSync(source.file, "utf8").split("\n")[difference!.line - 1]!)).toMatchObject({
      decision: other
    })
    expect(Reproduce.sentence(source, difference!)).toContain(
      `tape.ndjson, line ${i + 2}: at {"_tag":"${before.observation._tag}"`
    )
    expect(Fingerprint.of(changed)).not.toBe(Fingerprint.of(tape))
  })
  fc.assert(found, { numRuns: 60 })
})

test("a policy that stepped aside for its promises on the device steps aside again", () => {
  const folder = Edgeol.folder()
  let fell = 0
  const same = fc.property(anySimWorld({ arrivals: 30 }), (make) => {
    const promises = { roundsPerHour: 2 }
    const plain = Policies.parse("immediate")
    const tape: Array<Entry> = []
    Simulate.run(Promises.guard(promises)(plain), make(), (entry) => void tape.push(entry))
    write(folder, header, tape)
    const file = join(folder, "tape.ndjson")
    const [first, ...rest] = readFileSync(file, "utf8").split("\n")
    const head = { ...(Sealed.open(first!) as object), promises }
    writeFileSync(file, [Sealed.seal(JSON.stringify(head)), ...rest].join("\n"))
    expect(replay(folder)).not.toHaveProperty("success.difference")
    expect(replay(folder)).toHaveProperty("success.observations", tape.length)
    expect(replay(folder)).toHaveProperty("success.source.notes", [])
    // A later part of the run says with which state it begins.
    const [half, guarded] = [Math.floor(tape.length / 2), Promises.guard(promises)(plain)]
    const earlier = tape.slice(0, half).map(({ observation }) => observation)
    const from: unknown = earlier.reduce((state, observation) => guarded.decide(state, observation)[0], guarded.initial)
    const later = Sealed.seal(JSON.stringify({ ...head, from }))
    writeFileSync(file, [later, ...rest.slice(half)].join("\n"))
    expect(replay(folder)).not.toHaveProperty("success.difference")
    expect(replay(folder)).toHaveProperty("success.observations", tape.length - half)
    fell += Difference.replayed(tape, plain) === undefined ? 0 : 1
  })
  fc.assert(same, { numRuns: 30 })
  expect(fell).toBeGreaterThan(5)
})

describe("a tape of a policy from a file", () => {
  const ideas = fileURLToPath(import.meta.resolve("../../deploy/policies/ideas.ts"))
  const [make] = fc.sample(anySimWorld({ arrivals: 30 }), { seed: 3, numRuns: 1 })
  const taped = (name: string, policy: Policy) => {
    const folder = Edgeol.folder()
    const tape: Array<Entry> = []
    Simulate.run(policy, make!(), (entry) => void tape.push(entry))
    write(folder, { ...header, policy: { name, config: policy.config } } as Tape.Header, tape)
    return { place: join(folder, "tape.ndjson"), tape }
  }
  const again = (place: string, asked?: string) =>
    Effect.runPromise(
      Effect.result(
        Effect.gen(function* () {
          const source = yield* Source.own(yield* Source.read(place), asked)
          return { ...(yield* Reproduce.reproduce(source)), own: source.own }
        })
      )
    )
  const failure = (sentence: RegExp) => ({ _tag: "Failure", failure: { message: expect.stringMatching(sentence) } })

  test("is decided again by the file", async () => {
    const { place, tape } = taped(`${ideas}#sorry`, Ideas.sorry)
    const found = await again(place, "breakEven")
    expect(found).toMatchObject({ success: { own: `${ideas}#sorry`, observations: tape.length } })
    expect(found).not.toHaveProperty("success.difference")
    expect(found).toHaveProperty(
      "success.decisions",
      expect.toSatisfy((count: number) => count > 3)
    )
  })

  test("is decided again by the file that is named, where it is not where it was", async () => {
    const { place } = taped("./gone.ts#sorry", Ideas.sorry)
    const found = await again(place, `${ideas}#sorry`)
    expect(found).toMatchObject({ success: { policy: "./gone.ts#sorry", own: `${ideas}#sorry` } })
    expect(found).not.toHaveProperty("success.difference")
    const lost = failure(/tape\.ndjson was decided by \.\/gone\.ts#sorry, which is not here; go to the folder/)
    expect(await again(place)).toMatchObject(lost)
    expect(await again(place, "breakEven")).toMatchObject(lost)
  })

  test("is refused where the file makes another configuration", async () => {
    const other = { ...Ideas.default, config: { patience: 9 } }
    const { place } = taped(ideas, other)
    expect(await again(place)).toMatchObject(
      failure(/had the configuration \{"patience":9\}, and here has \{"patience":2\}; restore .*ideas\.ts as it was\.$/)
    )
  })
})

describe("a tape that cannot be replayed is refused in a sentence", () => {
  const [make] = fc.sample(anySimWorld({ arrivals: 20 }), { seed: 2, numRuns: 1 })
  const { tape, own } = simulated("immediate", make!)
  const refused = (folder: string, sentence: RegExp) =>
    expect(replay(folder)).toMatchObject({ _tag: "Failure", failure: { message: expect.stringMatching(sentence) } })
  const file = (folder: string) => join(folder, "tape.ndjson")

  test("where there is none", () =>
    refused(join(Edgeol.folder(), "nothing"), /^There is no tape .*nothing\/tape\.ndjson; name/))

  test("where there are several, they are named", () => {
    const folder = Edgeol.folder()
    for (const seed of [1, 2, 3, 4]) {
      mkdirSync(join(folder, `edgeol-${seed}`))
      write(join(folder, `edgeol-${seed}`), own, tape)
    }
    refused(folder, /is not the folder of one run; name one of \S+\/edgeol-1, \S+-2, \S+-3, 1 more\.$/)
    const pulled = Edgeol.folder()
    writeFileSync(join(pulled, "tape-000001.ndjson"), "")
    refused(pulled, /is not the folder of one run; name one of \S+\/tape-000001\.ndjson\.$/)
  })

  test("where a line is damaged", () => {
    const folder = Edgeol.folder()
    write(folder, own, tape)
    const lines = readFileSync(file(folder), "utf8").split("\n")
    writeFileSync(file(folder), lines.with(3, lines[3]!.replace(/\d/, "x")).join("\n"))
    refused(folder, /tape\.ndjson, line 4, is damaged; /)
  })

  test("where it is shorter than its snapshot says, and only then", () => {
    const folder = Edgeol.folder()
    write(folder, own, tape)
    const { length } = readFileSync(file(folder))
    writeFileSync(join(folder, "snapshot.json"), Sealed.seal(JSON.stringify({ tapeBytes: length })))
    expect(replay(folder)).toMatchObject({ _tag: "Success" })
    truncateSync(file(folder), length - 3)
    refused(folder, /is shorter than its snapshot says: \d+ bytes were written; restore/)
    writeFileSync(join(folder, "snapshot.json"), Sealed.seal(JSON.stringify({ tapeBytes: 10 })))
    expect(replay(folder)).toMatchObject({
      success: {
        observations: tape.length - 1,
        source: { notes: [expect.stringMatching(/cut off/), expect.stringMatching(/not ended/)] }
      }
    })
  })

  test("where it has no header, or one of another format", () => {
    const folder = Edgeol.folder()
    writeFileSync(file(folder), tape.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
    refused(folder, /has no header, so it says nothing of its policy; name a tape/)
    writeFileSync(file(folder), `${Sealed.seal(JSON.stringify({ ...own, format: "edgeol-tape@2" }))}\n`)
    refused(folder, /is of format "edgeol-tape@2", and this edgeol reads edgeol-tape@1; replay it with/)
  })

  test("where its policy is not known, or was configured as it is not here", () => {
    const folder = Edgeol.folder()
    write(folder, { ...own, policy: { name: "clairvoyant", config: {} } }, tape)
    refused(folder, /tape\.ndjson: There is no policy "clairvoyant"; there are never, /)
    write(folder, { ...own, policy: { name: "periodic:4", config: { every: 5 } } }, tape)
    refused(
      folder,
      /its periodic:4 had the configuration \{"every":5\}, and here has \{"every":4\}; replay it with edgeol 0\.1\.0\.$/
    )
  })
})

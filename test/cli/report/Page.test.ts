import * as Page from "@edgeol/cli/report/Page"
import * as Tape from "@edgeol/cli/Tape"
import { expect, test } from "vitest"
import * as Runs from "./Runs.ts"

const input = (tapes: ReadonlyArray<Tape.Tape>, title = "scenes") => ({
  title,
  tapes,
  comparison: Runs.compare(tapes)
})

test("text from tapes cannot break out of the page", () => {
  const evil = '</script><img src=x onerror=alert(1)>"'
  const { header, entries } = Runs.tape("immediate", 1)
  const named = {
    ...header,
    policy: { name: evil, config: {} },
    stream: evil,
    scenarios: header.scenarios.map(() => evil)
  }
  const html = Page.page(input([{ header: named, entries }], evil))
  expect(html).not.toContain("<img")
  expect(html.match(/<\/script/g)).toHaveLength(3)
})

test("nothing in the page names another place", () => {
  const html = Page.page(input(Runs.tapes(["immediate", "edgeol"], [1])))
  expect(html).not.toMatch(/\b(src|href)=/)
  expect(html).not.toMatch(/https?:/)
})

test("the page holds the exact configuration: policies, versions, hashes, and how to repeat it", () => {
  const tapes = Runs.tapes(["immediate", "edgeol"], [1, 2])
  const html = Page.page(input(tapes))
  for (const { entries } of tapes) expect(html).toContain(Tape.hash(entries))
  expect(html).toContain("energyScore")
  expect(html).toContain(process.versions.node)
  expect(html).toContain("pnpm edgeol compare --stream scenes@1 --policies immediate,edgeol --seeds 2")
  expect(Page.page({ ...input(tapes), command: "pnpm demo" })).toContain("<code>pnpm demo</code>")
})

test("a tape of 100,000 entries gives a page no larger than a short one's", () => {
  const { header, entries } = Runs.tape("edgeol", 1)
  const last = entries.at(-1)!.observation.at
  const copies = Math.ceil(100_000 / entries.length)
  const long = Array.from({ length: copies }, (_, i) =>
    entries.map((entry) => ({ ...entry, observation: { ...entry.observation, at: entry.observation.at + i * last } }))
  ).flat() as unknown as Tape.Tape["entries"]
  const [small, large] = [entries, long].map((of) => Page.page(input([{ header, entries: of }])).length)
  expect(long.length).toBeGreaterThanOrEqual(100_000)
  expect(large! - small!).toBeLessThan(100_000)
})

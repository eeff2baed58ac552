import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Logs from "@edgeol/deploy/Logs"
import * as Pull from "@edgeol/deploy/Pull"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import * as Loopback from "../fakes/Loopback.ts"
import * as Board from "./board.ts"

const obstacle = Loopback.obstacle()
if (obstacle !== undefined) console.warn(`The tests that fetch tapes over ssh are skipped: ${obstacle}.`)

describe.skipIf(obstacle !== undefined)("tapes of a device", () => {
  let board: Loopback.Loopback
  let there: string
  const here = mkdtempSync(join(tmpdir(), "tapes-"))

  beforeAll(async () => {
    board = await Loopback.open()
    process.env.EDGEOL_SSH = board.ssh
    there = join(board.root, "state/tape")
  })
  afterAll(() => board.close())

  const pull = async () => {
    const pulled = await Board.on(board.host, (host) => Pull.all(host, here))
    if (typeof pulled === "string") throw new Error(pulled)
    return pulled.map(({ name, bytes, fetched }) => [name, bytes, fetched])
  }
  const same = () => {
    for (const name of readdirSync(there).filter((file) => file.startsWith("tape-"))) {
      expect(readFileSync(join(here, name), "utf8")).toBe(readFileSync(join(there, name), "utf8"))
    }
    expect(readdirSync(here).filter((name) => name.endsWith(".part"))).toEqual([])
  }

  test("there are none, and nothing was said, on a device without an agent", async () => {
    expect(await pull()).toEqual([])
    expect(await Board.on(board.host, (host) => Logs.last(host, 5))).toEqual([])
  })

  test("come whole, then only with what is new", async () => {
    mkdirSync(there, { recursive: true })
    writeFileSync(join(there, "tape-000001.ndjson"), "one\n".repeat(1000))
    writeFileSync(join(there, "tape-000002.ndjson"), "two\n")
    writeFileSync(join(there, "snapshot.json"), "{}")
    expect(await pull()).toEqual([
      ["tape-000001.ndjson", 4000, 4000],
      ["tape-000002.ndjson", 4, 4]
    ])
    same()
    appendFileSync(join(there, "tape-000002.ndjson"), "more\n")
    expect(await pull()).toEqual([
      ["tape-000001.ndjson", 4000, 0],
      ["tape-000002.ndjson", 9, 5]
    ])
    same()
  })

  test("a transfer that was cut off goes on where it stopped", async () => {
    writeFileSync(join(there, "tape-000003.ndjson"), "three\n".repeat(100))
    writeFileSync(join(here, "tape-000003.ndjson.part"), "three\n".repeat(40))
    expect((await pull()).at(-1)).toEqual(["tape-000003.ndjson", 600, 360])
    same()
  })

  test("a part of another tape, or a tape that was cut back on the device, is fetched anew", async () => {
    writeFileSync(join(there, "tape-000004.ndjson"), "four\n".repeat(100))
    writeFileSync(join(here, "tape-000004.ndjson.part"), "FOUR\n".repeat(40))
    expect((await pull()).at(-1)).toEqual(["tape-000004.ndjson", 500, 500])
    writeFileSync(join(there, "tape-000004.ndjson"), "4\n")
    expect((await pull()).at(-1)).toEqual(["tape-000004.ndjson", 2, 2])
    same()
  })

  test("what the agent said last can be read", async () => {
    writeFileSync(join(board.root, "state/agent.log"), "1\n2\n3\n")
    expect(await Board.on(board.host, (host) => Logs.last(host, 2))).toEqual(["2", "3"])
  })
})

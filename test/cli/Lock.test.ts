import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Lock from "@edgeol/cli/Lock"
import { Effect } from "effect"
import { afterAll, describe, expect, test } from "vitest"

const home = mkdtempSync(join(tmpdir(), "lock-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What is said to somebody who comes, or nothing. */
const refusal = (path: string): Promise<string | undefined> =>
  Effect.runPromise(
    Effect.match(Effect.scoped(Lock.hold(path)), { onFailure: ({ message }) => message, onSuccess: () => undefined })
  )

describe("a folder that is held", () => {
  test("is refused to who comes next, by a link too, and free again after", async () => {
    const [folder, link] = [join(home, "a"), join(home, "link")]
    mkdirSync(folder)
    symlinkSync("a", link)
    const unlock = await Lock.take(folder)
    expect(await refusal(link)).toBe(
      `Another process writes to ${link}; wait until it has ended, or name another folder with --out.`
    )
    unlock!()
    expect(await refusal(link)).toBeUndefined()
  })

  test("need not be there yet", async () => {
    const unlock = await Lock.take(join(home, "b", "c"))
    expect(await refusal(join(home, "b", "c"))).toMatch(/Another process/)
    expect(await refusal(join(home, "b"))).toBeUndefined()
    unlock!()
  })

  test("is free as soon as its holder is killed", async () => {
    const folder = join(home, "killed")
    const module = new URL("../../packages/cli/src/Lock.ts", import.meta.url).href
    const source = `import(${JSON.stringify(module)}).then(async ({ take }) => {
      console.log(typeof (await take(${JSON.stringify(folder)})))
      setInterval(() => {}, 1e6)
    })`
    const holder = spawn(process.execPath, ["-e", source])
    const [said] = await once(holder.stdout, "data")
    expect(String(said)).toBe("function\n")
    expect(await refusal(folder)).toMatch(/Another process/)
    holder.kill("SIGKILL")
    await once(holder, "exit")
    expect(await refusal(folder)).toBeUndefined()
  })
})

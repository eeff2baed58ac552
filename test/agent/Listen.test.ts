import { once } from "node:events"
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import * as Listen from "@edgeol/agent/Listen"
import { Effect, Result } from "effect"
import { expect, onTestFinished, test } from "vitest"
import * as Edgeol from "../cli/Edgeol.ts"

const refused = async (path: string, port = 0) => {
  const result = await Effect.runPromise(Effect.result(Listen.rehearse(path, port)))
  return Result.isFailure(result) ? result.failure.message : undefined
}

test("opens both doors and leaves nothing behind", async () => {
  const path = join(Edgeol.folder(), "agent.sock")
  expect(await refused(path)).toBeUndefined()
  expect(existsSync(path)).toBe(false)
})

test("takes nothing but a socket for one that was left behind", async () => {
  const home = Edgeol.folder()
  const [notes, link] = [join(home, "notes"), join(home, "link")]
  writeFileSync(notes, "mine")
  symlinkSync(notes, link)
  for (const path of [notes, link, home]) {
    expect(await refused(path)).toBe(
      `Cannot listen on ${path}: something else than a socket is there; name another with --socket.`
    )
  }
  expect(readFileSync(notes, "utf8")).toBe("mine")
})

test("says what is wrong with a path", async () => {
  expect(await refused(`/tmp/${"x".repeat(110)}`)).toMatch(/ is too long for Unix; name another with --socket\.$/)
  const path = join(Edgeol.folder(), "none", "agent.sock")
  expect(await refused(path)).toMatch(/: (permission denied|no such file or directory); name another with --socket\.$/)
})

test("says what is wrong with a port", async () => {
  const path = join(Edgeol.folder(), "agent.sock")
  expect(await refused(path, 80_000)).toBe("--port must be from 0 to 65535, not 80000.")
  expect(await refused(path, -1)).toBe("--port must be from 0 to 65535, not -1.")
  const other = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void other.close())
  await once(other, "listening")
  const { port } = other.address() as AddressInfo
  expect(await refused(path, port)).toBe(
    `Cannot listen on port ${port}: address already in use; name another with --port.`
  )
})

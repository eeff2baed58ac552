/** A disk that is full: samples are refused, none that was taken is lost, and requests are answered all the same. */
import { spawn, spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as Toy from "./Toy.ts"

const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0

test.skipIf(!canMount)("keeps what it took, and answers (skipped where no small disk can be mounted)", async () => {
  const home = Toy.folder()
  await Toy.subject(home)
  mkdirSync(join(home, "state"))
  const mounted = `mount -t tmpfs -o size=1m none "$1/state" && exec "$2" "$3" "$1" immediate`
  const serve = join(import.meta.dirname, "serve.ts")
  const agent = spawn("unshare", ["-rm", "sh", "-c", mounted, "sh", home, process.execPath, serve], {
    stdio: ["ignore", "ignore", "pipe"]
  })
  let said = ""
  agent.stderr.on("data", (text: Buffer) => (said += text.toString()))
  onTestFinished(async () => {
    const end = new Promise((done) => agent.once("close", done))
    agent.kill("SIGKILL")
    await end
    Toy.remove(home)
  })
  const door = { socketPath: join(home, "agent.sock") }
  const status = async () => {
    try {
      return (await Client.get(door, "/health")).json?.status as string
    } catch {
      return "absent"
    }
  }
  await expect.poll(status, { timeout: 60_000 }).toBe("learning")
  let kept = 0
  const teach = async () => {
    const answer = await Client.teach(door, Toy.images(1, 4))
    if (answer.status === 200) kept += 4
    return answer
  }
  await expect.poll(async () => (await teach()).status, { timeout: 60_000, interval: 1 }).toBe(507)
  expect((await teach()).json).toEqual({
    error: "The disk is full, and nothing of this was kept; free space and send it again."
  })
  const image = Toy.image(Toy.images(1, 1), 0)
  for (let i = 0; i < 20; i++) expect((await Client.predict(door, image)).status).toBe(200)
  expect(kept).toBeGreaterThan(20)
  const counted = async () =>
    (await Client.metric(door, "batches_total")) * 8 + (await Client.metric(door, "samples_waiting"))
  await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThanOrEqual(kept - 8)
  expect(said).not.toMatch(/damaged|at .*\.ts/)
})

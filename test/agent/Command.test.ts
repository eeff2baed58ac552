/** `edgeol agent` as systemd runs a service: it says when it is ready and that it lives, and ends when it is told to. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import * as Edgeol from "../cli/Edgeol.ts"
import * as Client from "./Client.ts"
import * as Toy from "./Toy.ts"

const receiver = `use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0); bind($s, pack_sockaddr_un($ARGV[0])) or die $!; print "here\\n";
while (defined recv($s, my $m, 4096, 0)) { print "$m\\n" }`

test("runs from the sources, under a watchdog", async () => {
  const home = Edgeol.folder()
  const systemd = spawn("perl", ["-e", receiver, join(home, "notify")], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void systemd.kill())
  let told = ""
  systemd.stdout.on("data", (text: Buffer) => (told += text.toString()))
  await once(systemd.stdout, "data")
  const main = resolve(import.meta.dirname, "../../packages/cli/src/main.ts")
  const state = join(home, "state")
  const flags = [
    "agent",
    Edgeol.tiny(home),
    "--policy",
    "never",
    "--promise",
    "latency=5",
    "--state",
    state,
    "--port",
    "0"
  ]
  const agent = spawn(process.execPath, [main, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NOTIFY_SOCKET: join(home, "notify"), WATCHDOG_USEC: "400000" }
  })
  onTestFinished(() => void agent.kill("SIGKILL"))
  const ended = Edgeol.ended(agent)
  await expect.poll(() => told, { timeout: 90_000 }).toMatch(/READY=1\n(.*\n)*WATCHDOG=1\nWATCHDOG=1\n/)
  const door = { socketPath: join(state, "agent.sock") }
  expect((await Client.get(door, "/health")).json).toMatchObject({ status: "learning", policy: "never", release: null })
  expect((await Client.predict(door, Toy.image(Toy.images(0, 1), 0))).status).toBe(200)
  agent.kill("SIGTERM")
  const { stdout, stderr } = await ended
  expect(stdout).toMatch(/^Live page: http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{64}\n$/)
  expect(stderr).toMatch(/never on .* answers on .*agent\.sock and port \d+\.\n$/)
  await expect.poll(() => told).toContain("STOPPING=1")
  expect(existsSync(door.socketPath)).toBe(false)
})

test("says in a sentence what it cannot do", async () => {
  const { stderr, code } = await Edgeol.run("agent", "--promise", "fame=1")
  expect(stderr).toMatch(/^There is no promise "fame"; there are .*\.\n$/)
  expect(code).toBe(1)
})

const refused = async (...flags: ReadonlyArray<string>) => {
  const home = Edgeol.folder()
  const where = flags.includes("--state") ? [] : ["--state", join(home, "state")]
  const { stderr, code } = await Edgeol.run("agent", Edgeol.tiny(home), "--policy", "never", ...where, ...flags)
  expect(code).toBe(1)
  expect(existsSync(join(home, "state/deployed"))).toBe(false)
  return stderr
}

test("says before it trains that a port cannot be had", async () => {
  expect(await refused("--port", "80000")).toBe("--port must be from 0 to 65535, not 80000.\n")
})

test.skipIf(!existsSync("/proc"))("ends where no folder can be made", async () => {
  expect(await refused("--state", "/proc/agent")).toBe(
    "Cannot write to /proc/agent: no such file or directory; name another folder with --state.\n"
  )
})

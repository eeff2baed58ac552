/**
 * The engineer's whole story on a device that is made here: verify, bundle, deploy, ask, teach, break a promise, fall
 * back, roll back, pull, replay. Everything by the commands that a person types.
 *
 *     node test/deploy/story.ts                an emulated Jetson (arm64, Debian 11, as root)
 *     node test/deploy/story.ts --loopback     this computer, behind an ssh server of its own
 *
 * Prints what it did with the seconds it took, and leaves with status 1 at the first thing that is not as it should be.
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import * as Patterns from "@edgeol/streams/Patterns"
import * as FakeJetson from "../fakes/FakeJetson.ts"
import * as Loopback from "../fakes/Loopback.ts"

const isLoopback = process.argv.includes("--loopback")
const target = isLoopback ? `linux-${process.arch}` : "linux-arm64"
const main = resolve(import.meta.dirname, "../../packages/cli/src/main.ts")

const obstacle = isLoopback ? Loopback.obstacle() : FakeJetson.obstacle()
if (obstacle !== undefined) {
  console.log(`The story is not told: ${obstacle}.`)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), "story-"))
const board = await (isLoopback ? Loopback.open() : FakeJetson.open())

/** Runs \`edgeol\` in the story's folder and gives what it prints. */
const edgeol = (...args: ReadonlyArray<string>): Promise<string> =>
  new Promise((give, refuse) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...process.env, EDGEOL_SSH: board.ssh },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const said = { out: "", err: "" }
    child.stdout.on("data", (text) => (said.out += text))
    child.stderr.on("data", (text) => (said.err += text))
    child.once("close", (status) =>
      status === 0 ? give(said.out) : refuse(new Error(`edgeol ${args.join(" ")}: ${said.err.trim()}`))
    )
  })

const json = async (...args: ReadonlyArray<string>) => JSON.parse(await edgeol(...args, "--json"))

const timed = async <A>(what: string, action: () => Promise<A>): Promise<A> => {
  const start = performance.now()
  const value = await action()
  console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(7)} s  ${what}`)
  return value
}

/** Asks the agent over its socket, as a program on the board does. */
const ask = (method: "GET" | "POST", path: string, body?: Uint8Array | object): Promise<any> =>
  new Promise((give, refuse) => {
    const isBytes = body instanceof Uint8Array
    const headers = { "content-type": isBytes ? "application/octet-stream" : "application/json" }
    const question = request({ socketPath: board.socket, method, path, headers }, (response) => {
      let text = ""
      response.on("data", (chunk) => (text += chunk))
      response.on("end", () => (response.statusCode === 200 ? give(JSON.parse(text)) : refuse(new Error(text))))
    })
    question.once("error", refuse)
    question.end(body === undefined ? undefined : isBytes ? body : JSON.stringify(body))
  })

const until = async (what: string, seconds: number, holds: (health: any) => boolean): Promise<any> => {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const health = await ask("GET", "/health").catch(() => undefined)
    if (health !== undefined && holds(health)) return health
    await new Promise((go) => setTimeout(go, 500))
  }
  throw new Error(
    `${what} did not happen in ${seconds} s: ${JSON.stringify(await ask("GET", "/health").catch(String))}`
  )
}

/** An afternoon with a single batch: whoever is verified in it alone may promise a single round. */
const calm = `name: calm
version: 1
stream: patterns/nic@1
schedule: [{ scene: 1, duration: 2 h }]
batches: { count: 1, samples: 16, validation: 8, process: { kind: periodic } }
requests: { rate: 10/h, process: { kind: poisson } }
`

/** What the demo learns, two passes a round: emulated, a step takes a second or more. */
const toy = `stream: patterns/nic@1
model: { kind: convnet, widths: [16, 32, 32] }
initial: { samples: 640, epochs: 5, learningRate: 0.01 }
batches: { perScenario: 10, samples: 16, validation: 8, secondsBetween: 5, process: { kind: periodic } }
requests: { perScenario: 50, process: { kind: poisson } }
heldOut: 96
training: { optimiser: sgd, learningRate: 0.0015, momentum: 0.9, weightDecay: 0.0005, batchSize: 16, epochs: 2 }
`

const stream = Patterns.nic(1)
const pool = stream.scenarios[1]!.train
const batch = (from: number) => {
  const positions = Array.from({ length: 24 }, (_, i) => from + i)
  const { inputs, labels } = pool.take(positions)
  const size = inputs.length / positions.length
  return positions.map((_, i) => ({
    label: labels[i],
    input: Buffer.from(inputs.subarray(i * size, (i + 1) * size)).toString("base64")
  }))
}
const image = () => Uint8Array.from(pool.take([0]).inputs)

const verify = async (policy: string, promise: string, certificate: string) => {
  const rest = ["--promise", promise, "--cases", "0", "--seeds", "1", "--key", "robot.key", "--out", certificate]
  return edgeol("verify", policy, "--scenario", "calm.yaml", ...rest)
}

const bundle = (release: number, certificate: string, out: string) =>
  json(
    "bundle",
    "--stream",
    "toy.yaml",
    "--certificate",
    certificate,
    "--key",
    "robot.key",
    "--target",
    target,
    "--release",
    `${release}`,
    "--out",
    out
  )

try {
  writeFileSync(join(folder, "calm.yaml"), calm)
  writeFileSync(join(folder, "toy.yaml"), toy)
  await edgeol("keys", "robot.key")
  await timed("verify two policies", async () => {
    await verify("periodic:1", "roundsPerHour=60", "gentle.json")
    await verify("immediate", "roundsPerHour=1", "strict.json")
  })
  await timed("bundle, and once more: equal bytes", async () => {
    const [one, again] = [await bundle(1, "gentle.json", "one.edgeol"), await bundle(1, "gentle.json", "again.edgeol")]
    assert.equal(one.hash, again.hash)
    await bundle(2, "strict.json", "two.edgeol")
  })
  const { runtime } = await timed("deploy release 1 and its runtime", async () => {
    await json("deploy", board.host, "one.edgeol", "--trust", "robot.key.pub", "--seconds", "180")
    return (await json("status", board.host)).current
  })
  assert.match(runtime, /^[0-9a-f]{64}$/)
  await timed("predict", async () => {
    const answer = await ask("POST", "/predict", image())
    assert.ok(stream.classes.includes(answer.class))
  })
  await timed("teach one batch, until a round has learnt it", async () => {
    await ask("POST", "/samples", { samples: batch(0) })
    const { breach } = await until("a round", 600, ({ rounds }) => rounds >= 1)
    assert.equal(breach, null)
  })
  await timed("deploy release 2, another policy: the runtime is there", async () => {
    const done = await json("deploy", board.host, "two.edgeol", "--seconds", "180")
    assert.deepEqual([done.release, done.changed], [2, true])
  })
  assert.match((await json("logs", board.host)).lines.join("\n"), /Release 2 takes over from 1\./)
  await timed("teach two batches: more rounds than promised, fallback", async () => {
    for (const round of [1, 2]) {
      await ask("POST", "/samples", { samples: batch(24 * round) })
      await until("a round, or a fallback", 600, (health) => health.rounds >= round || health.breach !== null)
    }
    const { breach, rounds } = await until("a fallback", 60, (health) => health.breach !== null)
    assert.equal(breach.promise, "roundsPerHour")
    assert.ok(rounds <= 1)
    assert.ok((await json("logs", board.host)).lines.some((line: string) => line.includes("steps aside")))
    assert.ok(stream.classes.includes((await ask("POST", "/predict", image())).class))
  })
  await timed("roll back to release 1", async () => {
    assert.equal((await json("rollback", board.host, "--seconds", "180")).release, 1)
    const { release, breach } = await until("release 1", 60, () => true)
    assert.deepEqual([release, breach], [1, null])
  })
  await timed("pull, and pull again: nothing new comes", async () => {
    const { tapes } = await json("pull", board.host, "--out", "tapes")
    assert.ok(tapes.length >= 3)
    const again = (await json("pull", board.host, "--out", "tapes")).tapes
    assert.equal(again[0].fetched, 0)
  })
  await timed("replay every tape: the same decisions", async () => {
    const { tapes } = await json("pull", board.host, "--out", "tapes")
    for (const { path } of tapes) assert.equal((await json("replay", path)).same, true)
  })
  console.log(`The story holds on ${target}.`)
} catch (error) {
  console.error(error)
  console.error((await edgeol("logs", board.host).catch(String)).slice(-3000))
  console.error(
    readdirSync(board.home).includes(".service.log")
      ? readFileSync(join(board.home, ".service.log"), "utf8").slice(-3000)
      : ""
  )
  process.exitCode = 1
} finally {
  board.close()
  rmSync(folder, { recursive: true, force: true })
}

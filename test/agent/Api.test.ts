/** What the agent refuses, and how: always one sentence, and never for long. */
import { connect } from "node:net"
import * as Http from "@edgeol/agent/Http"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import * as Client from "./Client.ts"
import * as InProcess from "./InProcess.ts"
import * as Toy from "./Toy.ts"

const home = Toy.folder()
const limits: Http.Limits = {
  ...Http.limits,
  connections: 12,
  bodyBytes: 100_000,
  headerBytes: 2048,
  headerSeconds: 0.4,
  requestSeconds: 0.8
}
let agent: InProcess.Running
beforeAll(async () => {
  agent = await InProcess.start(home, { ...(await Toy.subject(home)) }, { http: limits, inbox: { most: 40_000 } })
})
afterAll(async () => {
  await agent.stop()
  Toy.remove(home)
})

const sentence = /^([A-Z/]|samples).*[.]$/

const refused = ({ status, json }: Client.Answer) => {
  expect(Object.keys(json)).toEqual(["error"])
  expect(json.error).toMatch(sentence)
  return [status, json.error as string] as const
}

const image = Toy.image(Toy.images(1, 1), 0)

describe("who asks", () => {
  test.each([undefined, "", "0".repeat(64)])("is known by the token on the loopback, not by %s", async (token) => {
    const door = { port: agent.tcp.port, ...(token === undefined ? {} : { token }) }
    for (const path of ["/metrics", "/events", "/health", "/tape", "/tapes", "/nothing"]) {
      expect(refused(await Client.get(door, path))[0]).toBe(401)
    }
    expect(refused(await Client.predict(door, image))).toEqual([
      401,
      "The token is missing or wrong; send Authorization: Bearer and what the agent's token file holds."
    ])
  })

  test("gets the page without a token, and nothing else in it", async () => {
    const { status, text } = await Client.get({ port: agent.tcp.port }, "/")
    expect(status).toBe(200)
    expect(text).toContain("<!doctype html>")
    expect(text).not.toContain(agent.tcp.token)
  })
})

describe("what is asked", () => {
  test.each([
    ["GET", "/predict", "", 405, "/predict takes POST only."],
    ["POST", "/health", "", 405, "/health takes GET only."],
    ["GET", "/toString", "", 404, /^There is no \/toString; there are \/predict,/],
    ["GET", "/tape?file=9", "", 404, "There is no tape 9; GET /tapes lists them."],
    ["GET", "/tape?file=../token", "", 404, /There is no tape/],
    ["POST", "/predict", "short", 400, "An input has 3072 bytes (32 x 32 x 3), and the body has 5."],
    ["POST", "/predict", "x".repeat(50_000), 413, "The body is larger than 7168 bytes; send less at a time."],
    ["POST", "/samples", "x".repeat(200_000), 413, "The body is larger than 100000 bytes; send less at a time."],
    ["POST", "/samples", "{", 400, "The body is no JSON object; send one with content-type application/json."],
    ["POST", "/samples", "[]", 400, /^The body must be \{"samples"/],
    ["POST", "/samples", '{"samples":[]}', 400, /^The body must be/],
    ["POST", "/samples", '{"samples":[null]}', 400, 'samples[0] must be {"label", "input"}.'],
    ["POST", "/samples", '{"samples":[{"label":1}]}', 400, "samples[0].input must be base64."],
    [
      "POST",
      "/samples",
      JSON.stringify({ samples: [{ label: 14, input: Buffer.from(image).toString("base64") }] }),
      400,
      "samples[0].label must be from 0 to 13, or the name of a class, not 14."
    ]
  ])("%s %s %s is refused", async (method, path, body, status, message) => {
    const [code, error] = refused(await Client.send(agent.socket, method, path, body))
    expect(code).toBe(status)
    if (typeof message === "string") expect(error).toBe(message)
    else expect(error).toMatch(message)
  })

  test("labels by name are taken, and what exceeds the inbox is not", async () => {
    const input = Buffer.from(image).toString("base64")
    const one = JSON.stringify({ samples: [{ label: Toy.stream.classes[3], input }] })
    expect((await Client.send(agent.socket, "POST", "/samples", one)).json).toEqual({ kept: 1, waiting: 1 })
    const full = await Client.teach(agent.socket, Toy.images(1, 16))
    expect(refused(full)).toEqual([507, expect.stringContaining("The inbox has reached its limit, with 1 samples")])
    expect(await Client.metric(agent.socket, "samples_waiting")).toBe(1)
  })
})

/** Writes to the loopback without an HTTP library; gives all that comes back until the connection ends. */
const raw = (...parts: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(agent.tcp.port, "127.0.0.1")
    let got = ""
    socket.on("data", (text) => (got += text.toString()))
    socket.on("close", () => resolve(got))
    socket.on("error", reject)
    for (const part of parts) socket.write(part)
  })

const errorOf = (answer: string) => (JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { error: string }).error

describe("how it is asked", () => {
  test("headers that never end are cut off in time", async () => {
    const began = performance.now()
    const answer = await raw("GET / HTTP/1.1\r\nhost: x\r\n", "x-slow: ")
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(errorOf(answer)).toBe("The request took too long; send it at once.")
    expect(performance.now() - began).toBeLessThan(5000)
  })

  test("and so is a body", async () => {
    const head = `POST /samples HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${agent.tcp.token}\r\ncontent-length: 1000\r\n\r\n`
    const answer = await raw(head, '{"samp')
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
  })

  test.each([
    ["what is no HTTP", "hello\r\n\r\n", 400, "This is no HTTP request; see the paths that the agent answers to."],
    [
      "large headers",
      `GET / HTTP/1.1\r\nx: ${"x".repeat(4000)}\r\n\r\n`,
      431,
      /^The headers are larger than 2048 bytes/
    ]
  ])("%s is refused", async (_, text, status, message) => {
    const answer = await raw(text)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(errorOf(answer)).toMatch(message)
  })

  test("too many connections are turned away, and there is room again when they end", async () => {
    const open = Array.from({ length: 12 }, () => connect(agent.tcp.port, "127.0.0.1"))
    await Promise.all(open.map((socket) => new Promise((done) => socket.once("connect", done))))
    const answer = await raw()
    expect(answer).toMatch(/^HTTP\/1.1 503 /)
    expect(errorOf(answer)).toMatch(sentence)
    open.forEach((socket) => socket.destroy())
    await expect.poll(async () => (await Client.get(agent.tcp, "/health")).status).toBe(200)
  })
})

test("more requests in a second than it takes are refused at once", async () => {
  const folder = Toy.folder()
  onTestFinished(() => Toy.remove(folder))
  const subject = await Toy.subject(folder)
  const slow = await InProcess.start(folder, subject, { http: { ...Http.limits, requestsPerSecond: 5 } })
  onTestFinished(slow.stop)
  const answers = await Promise.all(Array.from({ length: 20 }, () => Client.get(slow.socket, "/health")))
  const late = answers.filter(({ status }) => status === 429)
  expect(late.length).toBeGreaterThan(10)
  expect(refused(late[0]!)[1]).toBe("These are too many requests in a second; send fewer.")
})

test("whoever listens too slowly is told how many events it missed", async () => {
  const Events = await import("@edgeol/agent/Events")
  const { server } = Http
  const events = Events.make(2, 1000)
  const served = server(Http.limits, (_, response) => events.listen(response, ["hello", {}]))
  onTestFinished(() => void served.close())
  onTestFinished(() => served.closeAllConnections())
  await new Promise<void>((done) => served.listen(0, "127.0.0.1", done))
  const { port } = served.address() as { port: number }
  const socket = connect(port, "127.0.0.1")
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
  socket.pause()
  await expect.poll(events.listeners).toBe(1)
  const long = "x".repeat(10_000)
  for (let i = 0; i < 2000; i++) {
    events.send("much", { i, long })
    if (i % 100 === 0) await new Promise((done) => setImmediate(done))
  }
  let got = ""
  socket.on("data", (text) => (got += text.toString()))
  socket.resume()
  const missed = async () => {
    events.send("more", {})
    return /event: missed\ndata: \{"events":(\d+)\}/.exec(got)?.[1]
  }
  await expect.poll(missed).toBeDefined()
  expect(Number(await missed())).toBeGreaterThan(50)
  socket.destroy()
  await expect.poll(events.listeners).toBe(0)
})

import * as Status from "@edgeol/cli/commands/Status"
import { expect, test } from "vitest"

const current = { release: 2, hash: "c3a0e384a710509b", policy: "edgeol", experiment: "patterns/nic@1", runtime: "64" }
const device = { current, previous: null, installed: { release: 2, hash: current.hash }, pending: false, active: true }
const body = { status: "learning", policy: "edgeol", release: 2, breach: null, at: 82.5, rounds: 2 }
const said = (health: { status: number; body: Record<string, never> | object }) =>
  Status.lines({ ...device, health } as Parameters<typeof Status.lines>[0])

test("a device that learns", () => {
  expect(said({ status: 200, body })).toEqual([
    "release 2 (c3a0e384a710): edgeol on patterns/nic@1",
    "service active, learning: 2 rounds, the last event 82.5 s after its start"
  ])
})

test("a policy that stepped aside is told with its promise", () => {
  const breach = { promise: "roundsPerHour", at: 3.674, reached: 4, bound: 3 }
  expect(said({ status: 200, body: { ...body, status: "answering", breach } })[1]).toBe(
    "service active, answering without learning: 2 rounds, the last event 82.5 s after its start; it stepped aside at " +
      "3.67 s, as roundsPerHour reached 4, promised at most 3"
  )
})

test("an agent that does not answer, starts, or is of another version", () => {
  expect(said({ status: 0, body: {} })[1]).toBe("service active, but it does not answer; see edgeol logs")
  expect(said({ status: 503, body: { error: "The agent is starting." } })[1]).toBe(
    "service active, but answers with HTTP 503: The agent is starting."
  )
  expect(said({ status: 200, body: { well: true } })[1]).toBe('service active, answers: {"well":true}')
})

/**
 * What the agent answers to, on a Unix socket, and on the loopback to whoever has the token:
 *
 *     POST /predict   an input, as bytes or {"input": base64}: {"id", "label", "class", "confidence", "energy"}
 *     POST /samples   {"samples": [{"label", "input", "request"?}]}: {"kept", "waiting"} once they are on disk
 *     GET /metrics    Prometheus        GET /events   server-sent events       GET /health    503 until it is ready
 *     GET /tape       of this run       GET /tapes    the files there are      GET /tape?file=N   one of them
 *     GET /           the live page
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Prediction } from "@edgeol/core/Learner"
import { isFull, reason } from "./AgentError.ts"
import * as Bodies from "./Bodies.ts"
import type { Events } from "./Events.ts"
import type { Told } from "./History.ts"
import * as Http from "./Http.ts"
import { Refused } from "./Http.ts"
import { InboxFull } from "./Inbox.ts"
import * as Metrics from "./Metrics.ts"
import { page } from "./Page.ts"
import type { Shown } from "./Shown.ts"
import * as Tapes from "./Tapes.ts"

/** The agent once it works. */
export interface Agent {
  readonly model: Bodies.Model
  /** Hands the answer over at once, before the loop writes it down. Rejects with `Refused`. */
  readonly predict: (input: Bodies.Input, answered: (id: string, prediction: Prediction) => void) => Promise<void>
  /** Keeps samples and gives how many wait. Throws what the inbox throws. */
  readonly teach: (samples: Bodies.Taught) => number
  readonly shown: () => Shown
  readonly history: () => Told
  readonly events: Events
  /** Where the tapes are. */
  readonly tapes: string
}

type Route = (agent: Agent, request: IncomingMessage, response: ServerResponse, query: string | undefined) => unknown

/** `agent` gives undefined until it works; `allows` says whether a request may be answered. */
export const handle =
  (agent: () => Agent | undefined, allows: (request: IncomingMessage) => boolean, limits: Http.Limits): Http.Handle =>
  (request, response) => {
    const [path = "/", query] = (request.url ?? "/").split("?")
    if (path === "/" && isGet(request)) return show(response)
    if (!allows(request))
      throw new Refused(
        401,
        "The token is missing or wrong; send Authorization: Bearer and what the agent's token file holds."
      )
    const route = Object.hasOwn(routes, path) ? routes[path as keyof typeof routes] : undefined
    if (route === undefined) throw new Refused(404, `There is no ${path.slice(0, 80)}; there are ${paths}.`)
    const [method, run] = route
    if (request.method !== method) throw new Refused(405, `${path} takes ${method} only.`)
    const working = agent()
    if (working === undefined) throw new Refused(503, "The agent is starting; come again in a few seconds.")
    return run(limits)(working, request, response, query) as Promise<void>
  }

/** Nothing but what is in the page, and the agent itself. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'"

const show = (response: ServerResponse) => {
  response.setHeader("content-security-policy", policy)
  Http.text(response, 200, "text/html; charset=utf-8", page)
}

const isGet = ({ method }: IncomingMessage) => method === "GET" || method === "HEAD"

const predict =
  ({ bodyBytes }: Http.Limits): Route =>
  async ({ model, predict: answer }, request, response) => {
    const most = Math.min(bodyBytes, 2 * Bodies.size(model) + 1024)
    const input = Bodies.input(model, request.headers["content-type"], await Http.body(request, most))
    await answer(input, (id, prediction) => {
      const label = prediction.labels[0]!
      const [confidence, energy] = [prediction.confidence[0], prediction.energy[0]]
      Http.json(response, 200, { id, label, class: model.classes[label], confidence, energy })
    })
  }

const samples =
  ({ bodyBytes }: Http.Limits): Route =>
  async ({ model, teach }, request, response) => {
    const taught = Bodies.samples(model, await Http.body(request, bodyBytes))
    try {
      const waiting = teach(taught)
      Http.json(response, 200, { kept: taught.labels.length, waiting })
    } catch (error) {
      if (error instanceof InboxFull) throw new Refused(507, error.message)
      if (isFull(error))
        throw new Refused(507, "The disk is full, and nothing of this was kept; free space and send it again.")
      throw new Refused(500, `Nothing of this was kept: ${reason(error)}; look at the disk and send it again.`)
    }
  }

const health: Route = ({ shown }, _, response) => {
  const { isLearning, breach, policy, release, at, rounds } = shown()
  Http.json(response, 200, { status: isLearning ? "learning" : "answering", policy, release, breach, at, rounds })
}

const tape: Route = ({ tapes }, _, response, query) => {
  const file = new URLSearchParams(query).get("file")
  const found = file === null ? Tapes.run(tapes) : Tapes.files(tapes).filter((number) => String(number) === file)
  if (found.length === 0) throw new Refused(404, `There is no tape ${file ?? ""}; GET /tapes lists them.`)
  return Tapes.send(tapes, found, response)
}

const routes = {
  "/predict": ["POST", predict],
  "/samples": ["POST", samples],
  "/metrics": [
    "GET",
    () =>
      ({ shown }, _, response) =>
        Http.text(response, 200, "text/plain; version=0.0.4", Metrics.text(shown()))
  ],
  "/events": [
    "GET",
    () =>
      ({ events, shown, history }, _, response) =>
        events.listen(response, ["status", shown()], ["history", history()])
  ],
  "/health": ["GET", () => health],
  "/tape": ["GET", () => tape],
  "/tapes": [
    "GET",
    () =>
      ({ tapes }, _, response) =>
        Http.json(response, 200, { tapes: Tapes.list(tapes) })
  ]
} as const satisfies Readonly<Record<string, readonly ["GET" | "POST", (limits: Http.Limits) => Route]>>

const paths = Object.keys(routes).join(", ")

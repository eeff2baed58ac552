/** Server-sent events: everyone who listens gets each, and who reads too slowly is told how many it missed. */
import type { ServerResponse } from "node:http"
import { Refused } from "./Http.ts"

export interface Events {
  readonly send: (event: string, data: unknown) => void
  /** Begins with events of its own. Throws `Refused` when too many listen. */
  readonly listen: (response: ServerResponse, ...first: ReadonlyArray<readonly [event: string, data: unknown]>) => void
  readonly listeners: () => number
  readonly close: () => void
}

export const make = (most = 8, queueBytes = 2 ** 16): Events => {
  const all = new Map<ServerResponse, { missed: number }>()
  const write = (response: ServerResponse, event: string, data: unknown) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  return {
    send: (event, data) => {
      for (const [response, queue] of all) {
        if (response.writableLength > queueBytes) queue.missed += 1
        else {
          if (queue.missed > 0) write(response, "missed", { events: queue.missed })
          queue.missed = 0
          write(response, event, data)
        }
      }
    },
    listen: (response, ...first) => {
      if (all.size >= most) throw new Refused(503, `There are ${most} listeners already; close one.`)
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
      for (const [event, data] of first) write(response, event, data)
      all.set(response, { missed: 0 })
      response.once("close", () => all.delete(response))
    },
    listeners: () => all.size,
    close: () => all.forEach((_, response) => response.end())
  }
}

/** What whoever begins to listen has missed: the last watts and what happened, in memory and of bounded size. */

export interface History {
  readonly happened: (event: string, data: unknown) => void
  readonly read: (watts: number | null) => void
  readonly told: () => Told
}

/** JSON: how long ago (s) each event was, and watts `every` so many seconds, the newest last; null where none are known. */
export interface Told {
  readonly events: ReadonlyArray<readonly [ago: number, event: string, data: unknown]>
  readonly every: number
  readonly watts: ReadonlyArray<number | null>
}

const most = { events: 12, watts: 150 }

/** `now`: ms of a clock that only goes on. */
export const make = (every: number, now: () => number = () => performance.now()): History => {
  let events: ReadonlyArray<readonly [at: number, event: string, data: unknown]> = []
  let watts: ReadonlyArray<number | null> = []
  return {
    happened: (event, data) => void (events = [...events, [now(), event, data] as const].slice(-most.events)),
    read: (value) => void (watts = [...watts, value].slice(-most.watts)),
    told: () => ({ events: events.map(([at, ...rest]) => [(now() - at) / 1000, ...rest] as const), every, watts })
  }
}

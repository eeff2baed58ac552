/** Batches that wait for their labels, and labels that never come. */
import type * as Rng from "@edgeol/core/Rng"
import * as EventQueue from "../EventQueue.ts"
import type { Delay } from "./Document.ts"

/** Fields tell of the batch that `take` took out. Holds only those that wait, whatever the length of the run. */
export class Labels {
  samples = 0
  validation = 0
  scene = 0
  private readonly queue = EventQueue.make()
  private readonly delay: Delay
  private readonly rng: Rng.Rng
  /** Three numbers for each place; what is queued is a place. */
  private readonly places: Array<number> = []
  private readonly open: Array<number> = []

  constructor(delay: Delay, rng: Rng.Rng) {
    this.delay = delay
    this.rng = rng
  }

  /** When the next labels come; infinite while none are awaited. */
  get at(): number {
    return EventQueue.peek(this.queue)
  }

  put(at: number, samples: number, validation: number, scene: number) {
    const place = this.open.pop() ?? this.places.length
    this.places[place] = samples
    this.places[place + 1] = validation
    this.places[place + 2] = scene
    EventQueue.push(this.queue, at + lag(this.delay, this.rng), EventQueue.arrival, place)
  }

  take() {
    EventQueue.next(this.queue)
    const place = this.queue.what
    this.samples = this.places[place]!
    this.validation = this.places[place + 1]!
    this.scene = this.places[place + 2]!
    this.open.push(place)
  }
}

const lag = (delay: Delay, rng: Rng.Rng): number => {
  switch (delay.kind) {
    case "fixed":
      return delay.seconds
    case "exponential":
      return delay.mean * rng.exponential()
    case "uniform":
      return delay.from + (delay.until - delay.from) * rng.next()
  }
}

/** How many of so many come, each missing with the same chance. */
export const kept = (count: number, missing: number, rng: Rng.Rng): number => {
  let left = 0
  for (let i = 0; i < count; i++) if (rng.next() >= missing) left += 1
  return left
}

/** A course drawn out in time: one arrival after another. */
import * as Rng from "@edgeol/core/Rng"
import { seconds } from "@edgeol/core/Units"
import * as Timeline from "../Timeline.ts"
import * as Course from "./Course.ts"
import type { Source as Name } from "./Document.ts"
import { kept, Labels } from "./Labels.ts"
import * as Sources from "./Sources.ts"
import type { Mix } from "./Scenes.ts"

export interface Chance {
  readonly seed: number
  /** Seeds of sources that have one of their own. */
  readonly seeds: { readonly [N in Name]?: number }
  readonly traces: Sources.Traces
}

export const make = (course: Course.Course, chance: Chance): Timeline.Timeline => new Unrolled(course, chance)

const stream = ({ seed, seeds }: Chance, name: Name, source: string) => Rng.named(seeds[name] ?? seed, source)

/** Times of one kind of arrival over all legs. */
class Times {
  at = Infinity
  private source = Sources.none
  private placing: Course.Placing | undefined
  private readonly name: "batches" | "requests"
  private readonly horizon: number
  private readonly chance: Chance

  constructor(name: "batches" | "requests", horizon: number, chance: Chance) {
    this.name = name
    this.horizon = horizon
    this.chance = chance
  }

  /** Enters the leg of this number: a count is drawn anew, a rate that stays goes on. */
  enter(leg: Course.Leg, number: number, from: number, until: number) {
    const placing = leg[this.name]
    const goesOn = placing === this.placing && placing?.count === undefined
    this.placing = placing
    if (goesOn) return
    const reach = { from: seconds(from), until: seconds(until), horizon: this.horizon }
    const rng = () => stream(this.chance, this.name, `arrivals/${this.name}/${number}`)
    this.source = placing === undefined ? Sources.none : Sources.open(placing, reach, rng, this.chance.traces)
    this.take()
  }

  take() {
    this.at = this.source.next()
  }
}

class Unrolled implements Timeline.Timeline {
  at = -0.5
  kind: Timeline.Timeline["kind"] = Timeline.scenario
  id = 0
  samples = 0
  validation = 0
  scene = 0

  private readonly course: Course.Course
  private readonly batches: Times
  private readonly requests: Times
  private readonly batchScenes: Rng.Rng
  private readonly requestScenes: Rng.Rng
  private readonly labels: Labels | undefined
  private readonly missing: Rng.Rng
  private readonly odometer = new Course.Odometer()
  private leg: Course.Leg
  private began = -0.5
  private end = 0
  private entered = 0
  private nextBatch = 0
  private nextRequest = 0

  constructor(course: Course.Course, chance: Chance) {
    this.course = course
    this.leg = course.legs[0]!
    const horizon = Course.longest(course)
    this.batches = new Times("batches", horizon, chance)
    this.requests = new Times("requests", horizon, chance)
    this.batchScenes = stream(chance, "scenes", "scenes/batches")
    this.requestScenes = stream(chance, "scenes", "scenes/requests")
    this.missing = stream(chance, "labels", "labels/missing")
    this.labels = course.delay && new Labels(course.delay, stream(chance, "labels", "labels/delay"))
  }

  next(): boolean {
    for (;;) {
      const labelled = this.labels === undefined ? Infinity : this.labels.at
      const at = Math.min(labelled, this.batches.at, this.requests.at)
      if (at >= this.end) return this.enter()
      if (at === labelled) return this.takeLabelled(at)
      if (at < this.batches.at) return this.takeRequest()
      if (this.takeBatch()) return true
    }
  }

  /** False when none of its labels come, or not yet. */
  private takeBatch(): boolean {
    const { at } = this.batches
    const { samples, validation, missing } = this.course
    const scene = this.sceneAt(at, this.batchScenes)
    const left = missing === 0 ? samples : kept(samples, missing, this.missing)
    const held = missing === 0 ? validation : kept(validation, missing, this.missing)
    this.batches.take()
    if (left === 0) return false
    if (this.labels === undefined) return this.showBatch(at, left, held, scene)
    this.labels.put(at, left, held, scene)
    return false
  }

  private takeLabelled(at: number): boolean {
    const labels = this.labels!
    labels.take()
    return this.showBatch(at, labels.samples, labels.validation, labels.scene)
  }

  private showBatch(at: number, samples: number, validation: number, scene: number): boolean {
    this.at = at
    this.kind = Timeline.batch
    this.id = this.nextBatch++
    this.samples = samples
    this.validation = validation
    this.scene = scene
    return true
  }

  private takeRequest(): boolean {
    this.at = this.requests.at
    this.kind = Timeline.request
    this.id = this.nextRequest++
    this.samples = 0
    this.validation = 0
    this.scene = this.sceneAt(this.at, this.requestScenes)
    this.requests.take()
    return true
  }

  /** The border of the next leg; false when there is none. */
  private enter(): boolean {
    const { legs, repeat } = this.course
    if (this.entered === legs.length * repeat) return false
    this.leg = legs[this.entered % legs.length]!
    this.entered += 1
    this.began = this.end
    this.odometer.add(this.leg.duration)
    this.end = this.odometer.total
    this.batches.enter(this.leg, this.entered, this.began, this.end)
    this.requests.enter(this.leg, this.entered, this.began, this.end)
    this.at = this.began
    this.kind = Timeline.scenario
    this.id = this.entered
    this.samples = 0
    this.validation = 0
    this.scene = this.leg.scene
    return true
  }

  private sceneAt(at: number, rng: Rng.Rng): number {
    const { over, through, fading, mix } = this.leg
    const progress = (at - this.began) / over
    if (!(progress < 1)) return draw(mix, rng)
    if (fading === undefined) return draw(through[Math.floor(progress * through.length)]!, rng)
    // Nothing is fading when the run begins.
    return draw(this.entered > 1 && rng.next() >= progress ? fading : mix, rng)
  }
}

const draw = ({ scenes, upTo }: Mix, rng: Rng.Rng): number => {
  if (scenes.length === 1) return scenes[0]!
  const place = rng.next()
  let i = 0
  while (place >= upTo[i]!) i++
  return scenes[i]!
}

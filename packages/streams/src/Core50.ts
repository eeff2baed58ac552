/**
 * CORe50 (Lomonaco and Maltoni, 2017): 50 objects, five of each of ten categories, filmed in eleven sessions of about 300
 * frames, sessions 3, 7 and 10 for testing. Read as published, `core50_128x128/s1/o1/C_01_01_000.png`, and made 32 x 32.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Examples } from "@edgeol/core/Examples"
import { SamplesError } from "@edgeol/core/Samples"
import { Effect } from "effect"
import * as Orders from "./Core50Orders.ts"
import * as Files from "./internal/Files.ts"
import * as Pictures from "./internal/Pictures.ts"
import type { Scenario, Stream } from "./Stream.ts"

const shape: Examples["shape"] = [32, 32, 3]

const categories = "plug_adapter mobile_phone scissor light_bulb can glass ball marker cup remote_control".split(" ")

/** Name of an object, counted from 0. */
export const nameOf = (object: number): string => `${categories[Math.floor(object / 5)]}${(object % 5) + 1}`

/** All frames there are, and by film their places in order. */
export interface Films {
  readonly root: string
  readonly frames: ReadonlyArray<Frame>
  readonly of: (film: Orders.Film) => ReadonlyArray<number>
  readonly decoded: Pictures.Decoded
}

export interface Frame extends Orders.Film {
  readonly path: string
}

/** Names all frames; images are decoded when they are drawn. Every film must be there, of two frames or more. */
export const read = (data: string): Effect.Effect<Films, SamplesError> => attempt(() => scan(join(data, FOLDER)))

const FOLDER = "core50_128x128"

const scan = (root: string): Films => {
  const frames: Array<Frame> = []
  const places = new Map<string, ReadonlyArray<number>>()
  for (let session = 1; session <= 11; session++)
    for (let object = 0; object < 50; object++) {
      const names = framesIn(join(root, `s${session}`, `o${object + 1}`))
      const first = frames.length
      places.set(
        key({ session, object }),
        names.map((_, i) => first + i)
      )
      for (const path of names) frames.push({ session, object, path })
    }
  return { root, frames, of: (film) => places.get(key(film))!, decoded: new Map() }
}

const key = ({ object, session }: Orders.Film) => `s${session}/o${object + 1}`

const framesIn = (folder: string): ReadonlyArray<string> => {
  const again = `put the whole of ${FOLDER} into the folder that --data names`
  const names = attemptRead(folder, again, () => readdirSync(folder))
    .filter((name) => /^C_\d+_\d+_\d+\.png$/.test(name))
    .toSorted()
  if (names.length < 2) refuse(`${folder} has too few images (${names.length}) to learn and to validate; ${again}.`)
  return names.map((name) => join(folder, name))
}

/** New instances: eight training sessions, each a scenario, asked about all objects in the test sessions. */
export const ni =
  (films: Films) =>
  (seed: number): Stream =>
    stream(films, "core50/ni", ofFilms(films, Orders.newInstances(runOf(seed))))

/** New classes: ten objects first, then eight times five more, from all training sessions. */
export const nc =
  (films: Films) =>
  (seed: number): Stream =>
    stream(films, "core50/nc", ofFilms(films, Orders.newClasses(runOf(seed))))

/** Seeds 1 to 10 are the official runs 0 to 9, and so on round. */
export const runOf = (seed: number): number => (((seed - 1) % Orders.RUNS) + Orders.RUNS) % Orders.RUNS

const ofFilms = ({ of }: Films, batches: ReadonlyArray<Orders.Batch>): ReadonlyArray<ReadonlyArray<number>> =>
  batches.map((films) => films.flatMap(of))

/** New instances and classes as the official file lists have them; `list` is their folder, `NIC_inc` or `NIC_v2_391`. */
export const listed = (
  name: string,
  list: string,
  data: string
): Effect.Effect<(seed: number) => Stream, SamplesError> =>
  Effect.flatMap(read(data), (films) =>
    attempt(() => {
      const runs = readRuns(films, folderOf(data, list))
      return (seed: number) => stream(films, name, runs[runOf(seed)]!)
    })
  )

/** Where the two archives of lists may have been unpacked. */
const folderOf = (data: string, list: string): string => {
  const candidates = ["", "batches_filelists", FOLDER, join(FOLDER, "batches_filelists")].map((at) =>
    join(data, at, list)
  )
  return (
    candidates.find((path) => existsSync(path)) ??
    refuse(`${candidates[0]} is not there; unpack CORe50's archive of file lists into the folder that --data names.`)
  )
}

/** Of every run, of every batch, places of frames. */
const readRuns = ({ frames, root }: Films, folder: string) => {
  const places = new Map(frames.map(({ path }, place) => [path, place]))
  const placeOf = (file: string) => places.get(join(root, file))
  return Array.from({ length: Orders.RUNS }, (_, run) => readRun(join(folder, `run${run}`), placeOf))
}

type PlaceOf = (file: string) => number | undefined

const readRun = (folder: string, placeOf: PlaceOf): ReadonlyArray<ReadonlyArray<number>> => {
  const again = "unpack CORe50's file lists again"
  const numbered = attemptRead(folder, again, () => readdirSync(folder)).flatMap((name) => {
    const number = /^train_batch_(\d+)_filelist\.txt$/.exec(name)?.[1]
    return number === undefined ? [] : [[Number(number), join(folder, name)] as const]
  })
  const lists = numbered.toSorted(([a], [b]) => a - b)
  const missing = lists.findIndex(([number], i) => number !== i)
  if (lists.length < 2 || missing >= 0)
    refuse(`${folder} lacks the list of training batch ${missing < 0 ? lists.length : missing}; ${again}.`)
  return lists.map(([, path]) =>
    parseList(
      attemptRead(path, again, () => readFileSync(path, "utf8")),
      path,
      placeOf
    )
  )
}

/**
 * Lines `s1/o1/C_01_01_000.png 0`. The label is passed over: it numbers objects in one list and categories in another, while
 * the path always says which object it is.
 */
export const parseList = (text: string, path: string, placeOf: PlaceOf): ReadonlyArray<number> => {
  const lines = text.trimEnd().split(/\r?\n/)
  return lines.map((line, i) => {
    const file = /^(s\d+\/o\d+\/C_\d+_\d+_\d+\.png) \d+$/.exec(line.trim())?.[1]
    const wanted = 'write it as "s1/o1/C_01_01_000.png 0"'
    if (file === undefined) return refuse(`${path}, line ${i + 1}: this is not an image with a label; ${wanted}.`)
    return placeOf(file) ?? refuse(`${path}, line ${i + 1}: ${file} is not in ${FOLDER}; unpack the images again.`)
  })
}

/** Batches are scenarios; labels number objects as they first appear in them, so every run has its own. */
const stream = (films: Films, name: string, batches: ReadonlyArray<ReadonlyArray<number>>): Stream => {
  const order = [...new Set(batches.flatMap((places) => objectsIn(films, places)))]
  const labels = new Map(order.map((object, label) => [object, label]))
  const scenarios = batches.map((places, i) => scenario(films, `batch ${i}`, places, labels))
  return { name, version: 1, classes: order.map(nameOf), shape, scenarios }
}

const objectsIn = ({ frames }: Films, places: ReadonlyArray<number>) => [
  ...new Set(places.map((place) => frames[place]!.object))
]

/**
 * The last tenth of each film validates: frames of a film are near copies, so a block at its end is what it has least
 * seen. Held out are the same objects in the test sessions; with all fifty, forgetting swamps what rounds do.
 */
const scenario = (
  films: Films,
  name: string,
  places: ReadonlyArray<number>,
  labels: ReadonlyMap<number, number>
): Scenario => {
  const pool = (chosen: ReadonlyArray<number>) =>
    Pictures.pool(
      chosen.map((place) => ({ path: films.frames[place]!.path, label: labels.get(films.frames[place]!.object)! })),
      shape,
      films.decoded
    )
  const byFilm = [...Map.groupBy(places, (place) => key(films.frames[place]!)).values()]
  const objects = objectsIn(films, places)
  return {
    name,
    classes: objects.map((object) => labels.get(object)!),
    train: pool(byFilm.flatMap((film) => film.slice(0, -validating(film)))),
    validation: pool(byFilm.flatMap((film) => film.slice(-validating(film)))),
    heldOut: pool(objects.flatMap((object) => Orders.testSessions.flatMap((session) => films.of({ session, object }))))
  }
}

const validating = ({ length }: ReadonlyArray<number>) => Math.max(1, Math.round(length / 10))

const attempt = <A>(make: () => A): Effect.Effect<A, SamplesError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(make())
    } catch (error) {
      if (error instanceof SamplesError) return Effect.fail(error)
      throw error
    }
  })

const attemptRead = <A>(path: string, doThis: string, by: () => A): A => {
  try {
    return by()
  } catch (error) {
    return refuse(`${path} cannot be read (${Files.reason(error)}); ${doThis}.`)
  }
}

const refuse = (message: string): never => {
  throw new SamplesError({ message })
}

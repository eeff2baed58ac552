/**
 * A folder of one's own: `PATH/session/class/*.png` or `*.ppm`, images of any size. Sessions are scenarios in the order
 * of their names, numbers in names counting by value; classes are numbered as they first appear.
 */
import { readdirSync, statSync } from "node:fs"
import { basename, join, resolve } from "node:path"
import type { Examples } from "@edgeol/core/Examples"
import { SamplesError } from "@edgeol/core/Samples"
import { Effect, Result } from "effect"
import * as Files from "./internal/Files.ts"
import * as Pictures from "./internal/Pictures.ts"
import type { Scenario, Stream } from "./Stream.ts"

/** Where the images are, relative to the data folder, and the side of the squares they become, in pixels. */
export interface Place {
  readonly name: string
  readonly path: string
  readonly size: number
}

/** `folder:PATH`, 32 x 32 pixels, or `folder@64:PATH`. */
export const parse = (name: string): Place | undefined => {
  const [, size = "32", path] = /^folder(?:@([1-9]\d{0,2}))?:(.+)$/.exec(name) ?? []
  return path === undefined ? undefined : { name, path, size: Number(size) }
}

/** Looks at every file's beginning; images are decoded when they are drawn. The same for every seed. */
export const read = (data: string, place: Place): Effect.Effect<(seed: number) => Stream, SamplesError> =>
  Effect.try({
    try: () => {
      const stream = cut(place, sessionsOf(resolve(data, place.path)))
      return () => stream
    },
    catch: (error) => (error instanceof SamplesError ? error : new SamplesError({ message: String(error) }))
  })

interface Session {
  readonly name: string
  readonly classes: ReadonlyArray<{ readonly name: string; readonly files: ReadonlyArray<string> }>
}

const sessionsOf = (root: string): ReadonlyArray<Session> => {
  const sessions = entries(root).filter(isFolder).map(sessionOf)
  if (sessions.length < 2)
    refuse(
      `${root} has too few session folders (${sessions.length}), one to learn before deployment and others to meet; lay ` +
        `images out as session/class/image.png.`
    )
  return sessions
}

const sessionOf = (path: string): Session => {
  const inside = entries(path)
  const stray = inside.find((entry) => !isFolder(entry))
  if (stray !== undefined) refuse(`${stray} lies outside a class folder; move it into one or take it out.`)
  if (inside.length === 0) refuse(`${path} has no class folders; put images into ${join(path, "CLASS")} or remove it.`)
  return { name: basename(path), classes: inside.map(classOf) }
}

const classOf = (path: string) => {
  const files = entries(path)
  const nested = files.find(isFolder)
  if (nested !== undefined) refuse(`${nested} is a folder where an image should be; move its images up.`)
  if (files.length < LEAST)
    refuse(
      `${path} has too few images (${files.length}): a class needs ${LEAST}, to learn, to validate and to be asked ` +
        `about; add images or remove the folder.`
    )
  for (const file of files) Result.getOrThrow(Pictures.check(file))
  return { name: basename(path), files }
}

const LEAST = 3

/** Full paths in the order of their names. Names that begin with a dot are the file manager's. */
const entries = (path: string): ReadonlyArray<string> => {
  try {
    const names = readdirSync(path).filter((name) => !name.startsWith("."))
    return names.toSorted(byName).map((name) => join(path, name))
  } catch (error) {
    return refuse(
      `${path} cannot be read as a folder (${Files.reason(error)}); check the path, which counts from --data.`
    )
  }
}

const collator = new Intl.Collator("en", { numeric: true })
const byName = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : 1)

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const refuse = (message: string): never => {
  throw new SamplesError({ message })
}

const cut = ({ name, size }: Place, sessions: ReadonlyArray<Session>): Stream => {
  const classes = [...new Set(sessions.flatMap((session) => session.classes.map((one) => one.name)))]
  const labels = new Map(classes.map((one, label) => [one, label]))
  const shape: Examples["shape"] = [size, size, 3]
  const decoded: Pictures.Decoded = new Map()
  return { name, version: 1, classes, shape, scenarios: sessions.map((one) => scenario(one, labels, shape, decoded)) }
}

const scenario = (
  { name, classes }: Session,
  labels: ReadonlyMap<string, number>,
  shape: Examples["shape"],
  decoded: Pictures.Decoded
): Scenario => {
  const part = (role: keyof ReturnType<typeof split>) => {
    const pictures = classes.flatMap((one) =>
      split(one.files)[role].map((path) => ({ path, label: labels.get(one.name)! }))
    )
    return Pictures.pool(pictures, shape, decoded)
  }
  return {
    name,
    classes: classes.map((one) => labels.get(one.name)!),
    train: part("train"),
    validation: part("validation"),
    heldOut: part("heldOut")
  }
}

/**
 * Of each class in each session, in order of names: the last 35 % are held out, the 10 % before them validate, at least
 * one each, and the rest trains. Blocks, because neighbours are often frames of one film: mixed, they would be known.
 */
export const split = <A>(files: ReadonlyArray<A>) => {
  const asked = Math.max(1, Math.round(0.35 * files.length))
  const validated = Math.max(1, Math.round(0.1 * files.length))
  const learnt = files.length - asked - validated
  return {
    train: files.slice(0, learnt),
    validation: files.slice(learnt, learnt + validated),
    heldOut: files.slice(learnt + validated)
  }
}

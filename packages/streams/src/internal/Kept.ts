/** Scenarios cut from images that are all in memory. */
import * as Examples from "@edgeol/core/Examples"
import * as Rng from "@edgeol/core/Rng"
import * as Domains from "../Domains.ts"
import type { Pool, Scenario } from "../Stream.ts"

/** Positions of images by what they serve. */
export interface Roles {
  readonly train: ReadonlyArray<number>
  readonly validation: ReadonlyArray<number>
  readonly heldOut: ReadonlyArray<number>
}

/** Images labelled with their data set's classes, what each serves, and the stream's order of classes. */
export interface Source {
  readonly seed: number
  readonly images: Examples.Examples
  readonly roles: Roles
  /** The class that label `i` stands for. */
  readonly order: ArrayLike<number>
}

/** The images of these labels, seen in a domain. */
export const scenario = (
  source: Source,
  name: string,
  labels: ReadonlyArray<number>,
  domain: Domains.Domain
): Scenario => {
  const labelOf = new Map(labels.map((label) => [source.order[label]!, label]))
  const make = (positions: ReadonlyArray<number>) =>
    pool(source, domain, labelOf, Int32Array.from(positions.filter((i) => labelOf.has(source.images.labels[i]!))))
  const { heldOut, train, validation } = source.roles
  return { name, classes: labels, train: make(train), validation: make(validation), heldOut: make(heldOut) }
}

const pool = (
  { images, seed }: Source,
  domain: Domains.Domain,
  labelOf: ReadonlyMap<number, number>,
  positions: Int32Array
): Pool => {
  const labels = positions.map((position) => labelOf.get(images.labels[position]!)!)
  return {
    labels,
    take: (places) => {
      const chosen = Array.from(places, (place) => positions[place]!)
      const seen = Domains.applyAll(domain, Examples.take(images, chosen), (i) =>
        Rng.named(seed, `domain/${domain}/${chosen[i]!}`)
      )
      return { ...seen, labels: Int32Array.from(places, (place) => labels[place]!) }
    }
  }
}

/** New instances: all labels in each domain. */
export const instances = (source: Source, count: number, domains = Domains.domains): ReadonlyArray<Scenario> =>
  domains.map((domain) => scenario(source, domain, range(0, count), domain))

/**
 * New classes and new instances: `first` labels in the first domain; in each other one `more` new labels, and as many drawn
 * from those before.
 */
export const both = (source: Source, first: number, more: number, domains = Domains.domains): ReadonlyArray<Scenario> =>
  domains.map((domain, s) => {
    if (s === 0) return scenario(source, domain, range(0, first), domain)
    const before = first + (s - 1) * more
    const old = Rng.named(source.seed, `old/${s}`).permutation(before).subarray(0, more).toSorted()
    return scenario(source, domain, [...old, ...range(before, before + more)], domain)
  })

/** New classes: `first` labels, then `more` at a time, until there are `count`. */
export const classes = (source: Source, first: number, more: number, count: number): ReadonlyArray<Scenario> =>
  Array.from({ length: 1 + (count - first) / more }, (_, s) => {
    const labels = s === 0 ? range(0, first) : range(first + (s - 1) * more, first + s * more)
    return scenario(source, s === 0 ? `first ${first} classes` : `${more} new classes`, labels, "clear")
  })

const range = (from: number, until: number): ReadonlyArray<number> =>
  Array.from({ length: until - from }, (_, i) => from + i)

/** Roles for images that have nothing to do with each other: of each class 55 % train, 10 % validate, the rest is held out. */
export const independent = ({ labels }: Examples.Examples, seed: number, name: string): Roles => {
  const byClass = Map.groupBy(labels.keys(), (i) => labels[i]!)
  const dealt = Array.from(byClass, ([original, positions]) =>
    Array.from(Rng.named(seed, `${name}/roles/${original}`).permutation(positions.length), (i, k) => ({
      position: positions[i]!,
      role: roleAt(k / positions.length)
    }))
  ).flat()
  const of = (role: keyof Roles) => dealt.filter((one) => one.role === role).map(({ position }) => position)
  return { train: of("train"), validation: of("validation"), heldOut: of("heldOut") }
}

const roleAt = (share: number): keyof Roles => (share < 0.55 ? "train" : share < 0.65 ? "validation" : "heldOut")

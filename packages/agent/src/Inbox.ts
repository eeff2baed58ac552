/**
 * Labelled samples on disk, numbered as they came, and the batches they were cut into.
 *
 * A line holds the samples that came in one piece, `{"first", "labels", "inputs"}` (inputs in base64), or a cut,
 * `{"batch", "from", "to"}`: the batch's samples are those numbered `from` to `to - 1`. Batches are numbered from 0 and
 * follow one another without gaps. What is in no batch waits.
 */
import * as Examples from "@edgeol/core/Examples"
import type { Batch } from "@edgeol/core/Samples"
import * as Schema from "effect/Schema"
import { AgentError } from "./AgentError.ts"
import * as Segments from "./Segments.ts"

export interface Options {
  readonly folder: string
  readonly shape: Examples.Examples["shape"]
  /** Of the samples of a batch, what share is set apart for validation. */
  readonly validation: number
  /** Bytes on disk at which no more samples are taken. */
  readonly most: number
  readonly fileBytes?: number
}

export interface Labelled {
  readonly labels: ReadonlyArray<number>
  /** One after the other. */
  readonly inputs: Uint8Array
}

export interface Inbox {
  /** Keeps samples for good. Throws `InboxFull`, or the system's error where nothing was kept. */
  readonly add: (samples: Labelled) => void
  /** Samples in no batch. */
  readonly waiting: () => number
  /** Makes the oldest waiting samples a batch and gives its number. Throws the system's error. */
  readonly cut: (count: number) => number
  /** How many batches were cut. */
  readonly cuts: () => number
  /** Throws an `AgentError` for a batch that is not kept. */
  readonly batch: (id: number) => Batch
  /** Samples in a batch, those set apart included. */
  readonly size: (id: number) => number
  /** Batches before this one are not needed any more. */
  readonly forget: (batch: number) => void
  readonly bytes: () => number
  readonly close: () => void
}

/** The samples that are kept, none of them learnt, have reached their limit. */
export class InboxFull extends Schema.TaggedError<InboxFull>()("InboxFull", { message: Schema.String }) {}

const Came = Schema.Struct({ first: Schema.Int, labels: Schema.Array(Schema.Int), inputs: Schema.String })
const Cut = Schema.Struct({ batch: Schema.Int, from: Schema.Int, to: Schema.Int })
const decode = Schema.decodeUnknownSync(Schema.Union([Came, Cut]))
const decodeCame = Schema.decodeUnknownSync(Came)

/** Samples that came in one piece. */
interface Piece {
  readonly first: number
  readonly count: number
  readonly place: Segments.Place
}

/** Where a batch is. */
interface Range {
  readonly from: number
  readonly to: number
}

/** Bytes of a line beside its samples, at most. */
const around = 100

/** Newest batches that are held in memory too: a policy that validates reads sixteen again and again. */
const held = 32

export const open = (options: Options): Inbox => {
  const pieces: Array<Piece> = []
  const ranges = new Map<number, Range>()
  const cache = new Map<number, Batch>()
  let came = 0
  let cutAt = 0
  let cuts = 0
  let lastCut: Segments.Place | undefined
  const noted = (line: typeof Came.Type | typeof Cut.Type, place: Segments.Place) => {
    if ("first" in line) {
      pieces.push({ first: line.first, count: line.labels.length, place })
      came = line.first + line.labels.length
    } else {
      ranges.set(line.batch, { from: line.from, to: line.to })
      ;[cuts, cutAt, lastCut] = [line.batch + 1, line.to, place]
    }
  }
  const files = Segments.open({ ...options, name: "inbox", fileBytes: options.fileBytes ?? 2 ** 24 }, (line, place) =>
    noted(decode(line), place)
  )
  const write = (line: typeof Came.Type | typeof Cut.Type) => noted(line, files.append(JSON.stringify(line)))

  return {
    add: ({ labels, inputs }) => {
      const line = { first: came, labels, inputs: Buffer.from(inputs).toString("base64") }
      const bytes = files.bytes() + line.inputs.length + 8 * labels.length + around
      if (bytes > options.most) throw new InboxFull({ message: full(came - cutAt) })
      write(line)
    },
    waiting: () => came - cutAt,
    cut: (count) => {
      write({ batch: cuts, from: cutAt, to: cutAt + count })
      return cuts - 1
    },
    cuts: () => cuts,
    batch: (id) => {
      const known = cache.get(id)
      if (known !== undefined) return known
      const batch = parted(read(files, pieces, options.shape, rangeOf(ranges, id)), options.validation)
      cache.set(id, batch)
      if (cache.size > held) cache.delete(cache.keys().next().value!)
      return batch
    },
    size: (id) => {
      const { from, to } = rangeOf(ranges, id)
      return to - from
    },
    forget: (batch) => {
      for (const id of ranges.keys()) if (id < batch) ranges.delete(id)
      const needed = place(pieces, ranges.values().next().value?.from ?? cutAt)
      // The newest piece and cut stay, as the next ones are numbered after them.
      pieces.splice(0, Math.min(needed, pieces.length - 1))
      files.remove(Math.min(pieces[0]?.place.file ?? 0, lastCut?.file ?? 0))
    },
    bytes: files.bytes,
    close: files.close
  }
}

const full = (waiting: number) =>
  `The inbox has reached its limit, with ${waiting} samples in no batch yet; send more when rounds have learnt what is there, or raise the limit.`

const rangeOf = (ranges: ReadonlyMap<number, Range>, id: number): Range => {
  const range = ranges.get(id)
  if (range !== undefined) return range
  throw new AgentError({ message: `The samples of batch ${id} are gone; start with another --state.` })
}

/** Which piece holds a sample. */
const place = (pieces: ReadonlyArray<Piece>, sample: number): number => {
  let [low, high] = [0, pieces.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (pieces[middle]!.first + pieces[middle]!.count <= sample) low = middle + 1
    else high = middle
  }
  return low
}

const read = (
  files: Segments.Segments,
  pieces: ReadonlyArray<Piece>,
  shape: Examples.Examples["shape"],
  { from, to }: Range
): Examples.Examples =>
  Examples.concat(
    pieces.slice(place(pieces, from), place(pieces, to - 1) + 1).map(({ first, count, place }) => {
      const { labels, inputs } = decodeCame(files.read(place))
      const piece = { count, shape, labels: Int32Array.from(labels), inputs: Buffer.from(inputs, "base64") }
      const start = Math.max(from - first, 0)
      return Examples.take(
        piece,
        Array.from({ length: Math.min(to - first, count) - start }, (_, i) => start + i)
      )
    }),
    shape
  )

/** Sets every so many-th sample apart, the same ones whenever it is asked. */
const parted = (samples: Examples.Examples, share: number): Batch => {
  const places = Array.from({ length: samples.count }, (_, i) => i)
  const isApart = (i: number) => Math.floor((i + 1) * share) > Math.floor(i * share)
  return {
    train: Examples.take(
      samples,
      places.filter((i) => !isApart(i))
    ),
    validation: Examples.take(samples, places.filter(isApart))
  }
}

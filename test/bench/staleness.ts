/**
 * What becomes of a fast head when a deep round moves the features under it, `node test/bench/staleness.ts [--json]`:
 * the head learns every batch, and every eight batches a round trains the whole model on them. All go through
 * the same rounds: `stale` stays as it is; `mapped` reads the new features through the affine map, fitted by ridge
 * regression on the round's own samples, that brings them closest to the old ones (Iscen et al., ECCV 2020, the other way
 * round); `refitted` learns the kept samples again, 256 of them; `replayed` learns those and then the round's own batches.
 * `unmoved` is the head without rounds.
 *
 * Of each: accuracy on held-out images of the scenario, and of all scenarios so far, %, as means over the batches that
 * follow rounds and over seeds 101 to 103; what a round's correction costs, in forward passes of a batch; and bytes kept
 * for it. `gtsrb32/nc` is there where its data is, at `../shared/data` or `EDGEOL_DATA`.
 */
import * as FastHead from "@edgeol/backends/head/FastHead"
import * as Features from "@edgeol/backends/head/Features"
import * as Rows from "@edgeol/backends/head/Rows"
import type { Learned } from "@edgeol/backends/tfjs/Learned"
import * as Reservoir from "@edgeol/backends/tfjs/Reservoir"
import * as Examples from "@edgeol/core/Examples"
import { Matrix, solve } from "ml-matrix"
import { has } from "../data.ts"
import * as Deployed from "./common/Deployed.ts"

const every = 8
const seeds = [101, 102, 103]
const ridge = 0.1

/** A head, and the map through which it reads features. */
interface Reader {
  head: FastHead.FastHead
  map: Matrix | undefined
}

const standardised = ({ head, map }: Reader, body: FastHead.Body, examples: Examples.Examples): Rows.Rows => {
  const rows = Features.standardise(head.standard, Features.pass(body.net, body.units, examples))
  return map === undefined ? rows : Rows.of(withOne(rows).mmul(map).to1DArray(), rows.width)
}

const withOne = (rows: Rows.Rows): Matrix => {
  const { count, width, values } = Rows.withOne(rows)
  return Matrix.from1DArray(count, width, values)
}

const accuracy = (reader: Reader, body: FastHead.Body, examples: Examples.Examples): number => {
  const { labels } = reader.head.committee.predict(standardised(reader, body, examples))
  return labels.filter((label, i) => label === examples.labels[i]).length / examples.count
}

const learn = (reader: Reader, body: FastHead.Body, examples: Examples.Examples): void =>
  void reader.head.committee.learn(standardised(reader, body, examples), examples.labels)

/** Brings what the head reads after a round closest to what it read of the same samples before. */
const remap = (reader: Reader, before: FastHead.Body, after: FastHead.Body, samples: Examples.Examples): Matrix => {
  const old = standardised(reader, before, samples)
  const now = withOne(standardised({ ...reader, map: undefined }, after, samples))
  const wanted = Matrix.from1DArray(old.count, old.width, old.values)
  // Where samples say nothing, features are taken to have stayed: ridge on the difference to the identity.
  const identity = Matrix.zeros(now.columns, old.width)
  for (let i = 0; i < old.width; i++) identity.set(i, i, 1)
  const normal = now.transpose().mmul(now)
  const penalty = ridge * old.count
  for (let i = 0; i < normal.rows; i++) normal.set(i, i, normal.get(i, i) + penalty)
  const gap = Matrix.sub(wanted, now.mmul(identity))
  return Matrix.add(identity, solve(normal, now.transpose().mmul(gap)))
}

const seconds = <A>(work: () => A): readonly [A, number] => {
  const start = performance.now()
  const value = work()
  return [value, (performance.now() - start) / 1000]
}

const names = ["stale", "mapped", "refitted", "replayed", "unmoved"] as const
type Name = (typeof names)[number]

interface Sums {
  readonly current: Record<Name, number>
  readonly seen: Record<Name, number>
  readonly seconds: Record<Name, number>
  bytes: { mapped: number; refitted: number }
  rounds: number
  batches: number
  forward: number
}

const zero = () => Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>

const study = async (stream: string, seed: number, sums: Sums) => {
  const deployed = await Deployed.open(stream, seed)
  const { feed, net } = deployed
  const { train } = feed.initial
  const bodyOf = (of: Learned): FastHead.Body => ({ net, units: Deployed.folded(deployed, of) })
  let learned = deployed.learned
  const original = bodyOf(learned)
  let body = original
  const start = (): Reader => ({ head: FastHead.start(original, train), map: undefined })
  const readers: Record<Name, Reader> = Object.fromEntries(names.map((name) => [name, start()])) as Record<Name, Reader>
  const below = (name: Name) => (name === "unmoved" ? original : body)
  let kept = Reservoir.add(Reservoir.make(256, train.shape), train)
  let waiting: Array<Examples.Examples> = []
  const round = (batches: ReadonlyArray<Examples.Examples>) => {
    const samples = Examples.concat(batches, train.shape)
    learned = Deployed.trained(deployed, learned, samples)
    const [before, after] = [body, bodyOf(learned)]
    const [map, mapping] = seconds(() => remap(readers.mapped, before, after, samples))
    const [head, refitting] = seconds(() => FastHead.start(after, kept.kept))
    readers.mapped.map = map
    readers.refitted.head = head
    const [replayed, replaying] = seconds(() => {
      const again = FastHead.start(after, kept.kept)
      for (const batch of batches) FastHead.learn(again, after, batch)
      return again
    })
    readers.replayed.head = replayed
    body = after
    sums.seconds.mapped += mapping
    sums.seconds.refitted += refitting
    sums.seconds.replayed += replaying
    sums.forward += seconds(() => Features.pass(net, after.units, batches[0]!))[1]
    sums.bytes = { mapped: 8 * map.rows * map.columns, refitted: kept.kept.inputs.length }
    sums.rounds += 1
  }
  for (const [b, { train: fresh }] of feed.batches.entries()) {
    for (const name of names) learn(readers[name], below(name), fresh)
    kept = Reservoir.add(kept, fresh)
    waiting.push(fresh)
    if (waiting.length === every) {
      round(waiting)
      waiting = []
    }
    if (sums.rounds === 0) continue
    const scene = 1 + Math.floor(b / feed.experiment.batches.perScenario)
    const all = Examples.concat(feed.heldOut.slice(0, scene + 1), fresh.shape)
    for (const name of names) {
      sums.current[name] += accuracy(readers[name], below(name), feed.heldOut[scene]!)
      sums.seen[name] += accuracy(readers[name], below(name), all)
    }
    sums.batches += 1
  }
}

const round = (value: number, digits: number) => Number(value.toFixed(digits))
const all = <A>(of: (name: Name) => A) => Object.fromEntries(names.map((name) => [name, of(name)]))

const result: Record<string, unknown> = {}
for (const stream of ["patterns/nic", ...(has("gtsrb32") ? ["gtsrb32/nc"] : [])]) {
  const sums: Sums = {
    current: zero(),
    seen: zero(),
    seconds: zero(),
    rounds: 0,
    batches: 0,
    forward: 0,
    bytes: { mapped: 0, refitted: 0 }
  }
  for (const seed of seeds) await study(stream, seed, sums)
  result[stream] = {
    current: all((name) => round((100 * sums.current[name]) / sums.batches, 1)),
    seen: all((name) => round((100 * sums.seen[name]) / sums.batches, 1)),
    forwards: all((name) => round(sums.seconds[name] / sums.forward, 1)),
    bytes: sums.bytes,
    rounds: sums.rounds
  }
}
console.log(process.argv.includes("--json") ? JSON.stringify(result) : result)

/**
 * The best schedule when gains add up: batch `i`, once learnt, makes the answers of its scene right more often by `g_i`,
 * whatever else is learnt; until then, and by the share that is not learnt for good, each request of the scene loses it:
 *
 *   cost = Σ_rounds (fixed + perSample · samples) + price · Σ_requests Σ_batches of the scene, arrived (g_i · not learnt)
 *
 * With one way of share 1 that costs nothing per sample, it is dynamic TCP acknowledgement (Dooly, Goldman and Scott, JACM
 * 48(2), 2001). Exact over all schedules of rounds, each on all that waits, begun at any time, in any of the ways or a mix
 * of them. The best ones take no time and do not mix: learning earlier never harms, and costs are linear in a mix.
 */
import * as Day from "./Day.ts"

export interface Problem extends Day.Day {
  /** Of each batch, in order: rise in expected accuracy of its scene. */
  readonly gains: ReadonlyArray<number>
}

/** What a schedule costs. */
export const cost = (problem: Problem, rounds: ReadonlyArray<Day.Round>): number =>
  Day.cost(problem, rounds, learning(problem))

const learning = (problem: Problem): Day.Learning => {
  const scenes = Day.scenes(problem)
  const [waiting, training, left] = [new Float64Array(scenes), new Float64Array(scenes), new Float64Array(scenes)]
  return {
    arrives: ({ scene }, index) => void (waiting[scene]! += problem.gains[index]!),
    wrong: (scene) => waiting[scene]! + training[scene]! + left[scene]!,
    begins() {
      training.set(waiting)
      waiting.fill(0)
    },
    serves(share) {
      for (let scene = 0; scene < scenes; scene++) left[scene]! += (1 - share) * training[scene]!
      training.fill(0)
    }
  }
}

/**
 * `T_k = min_{j < k} T_j + fixed + min_way [perSample · samples_jk + price · (waited_jk + (1 - share) · after_jk)]`: what
 * the first `k` batches cost over the whole day, if the last of these rounds runs right after batch `k` came. A round costs
 * the same whenever it runs, and what it learnt serves all later requests: one that is moved back to just after its last
 * batch costs no more. `O(batches² · ways)`.
 */
export const solve = (problem: Problem): Day.Optimum => {
  const table = tabulate(problem)
  const states = table.samples.length + 1
  const path: Path = {
    least: new Float64Array(states).fill(Infinity),
    from: new Int32Array(states),
    way: new Int32Array(states)
  }
  path.least[0] = 0
  for (let learnt = 1; learnt < states; learnt++) extend(problem, table, learnt, path)
  const { cost, learnt } = best(problem, table, path)
  return { cost, rounds: follow(problem, table, path, learnt) }
}

interface Table {
  /** Of each batch: its place among the arrivals, its samples and scene, its gain times the requests that follow. */
  readonly place: Int32Array
  readonly samples: Float64Array
  readonly scene: Int32Array
  readonly all: Float64Array
  /** `remaining[batch · scenes + scene]`: requests of a scene after a batch. */
  readonly remaining: Float64Array
  readonly scenes: number
}

/** By the number of batches that rounds have learnt. */
interface Path {
  readonly least: Float64Array
  /** What the last round began from, and its way. */
  readonly from: Int32Array
  readonly way: Int32Array
}

const tabulate = (problem: Problem): Table => {
  const { arrivals, gains } = problem
  const scenes = Day.scenes(problem)
  const after = new Float64Array(scenes)
  let batch = gains.length
  const table: Table = {
    place: new Int32Array(batch),
    samples: new Float64Array(batch),
    scene: new Int32Array(batch),
    all: new Float64Array(batch),
    remaining: new Float64Array(batch * scenes),
    scenes
  }
  for (let place = arrivals.length - 1; place >= 0; place--) {
    const arrival = arrivals[place]!
    if (arrival.kind === "request") {
      after[arrival.scene]! += 1
      continue
    }
    batch -= 1
    table.place[batch] = place
    table.samples[batch] = arrival.samples
    table.scene[batch] = arrival.scene
    table.all[batch] = gains[batch]! * after[arrival.scene]!
    table.remaining.set(after, scenes * batch)
  }
  return table
}

/** Finds the best round that ends with a batch, going back and adding up what it would learn. */
const extend = ({ fixed, price, ways, gains }: Problem, table: Table, learnt: number, path: Path): void => {
  const { samples, all, remaining, scene, scenes } = table
  const from = (learnt - 1) * scenes
  let [size, waited, after] = [0, 0, 0]
  for (let i = learnt - 1; i >= 0; i--) {
    const rest = gains[i]! * remaining[from + scene[i]!]!
    size += samples[i]!
    waited += all[i]! - rest
    after += rest
    const common = path.least[i]! + fixed + price * waited
    for (let way = 0; way < ways.length; way++) {
      const { share, perSample } = ways[way]!
      const total = common + perSample * size + price * (1 - share) * after
      if (total < path.least[learnt]!) {
        path.least[learnt] = total
        path.from[learnt] = i
        path.way[learnt] = way
      }
    }
  }
}

/** With how many batches learnt to end the day: the fewest of equals. */
const best = ({ price }: Problem, { all }: Table, { least }: Path) => {
  let found = { learnt: 0, cost: Infinity }
  let tail = 0
  for (let learnt = all.length; learnt >= 0; learnt--) {
    tail += all[learnt] ?? 0
    const cost = least[learnt]! + price * tail
    if (cost <= found.cost) found = { learnt, cost }
  }
  return found
}

const follow = ({ ways }: Problem, { place, samples }: Table, { from, way }: Path, last: number) => {
  const rounds: Array<Day.Round> = []
  for (let learnt = last; learnt > 0; learnt = from[learnt]!) {
    const { share, perSample } = ways[way[learnt]!]!
    const at = place[learnt - 1]! + 1
    const size = samples.subarray(from[learnt], learnt).reduce((sum, more) => sum + more, 0)
    rounds.push({ began: at, serves: at, share, compute: perSample * size })
  }
  return rounds.toReversed()
}

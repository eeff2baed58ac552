/**
 * The best schedule when accuracy in a scene is a curve of exposure: the samples of the scene that were learnt, each
 * counted by the share of its round,
 *
 *   cost = Σ_rounds (fixed + perSample · samples) + price · Σ_requests wrong(scene, exposure of the scene)
 *
 * Curves fall, ever more slowly. Nothing is forgotten, and a scene teaches nothing about another. The schedules are rounds
 * on all that waits, each in one of the ways, begun at any time; one that takes time costs no less than one that does not,
 * as learning earlier never harms. Labels (cost, exposures) are extended batch by batch; one that costs no less than
 * another and knows no more is dropped (Martins, 1984), and so is one that cannot become as good as what is known (`Bounds`).
 */
import * as Day from "./Day.ts"
import * as Labels from "./Labels.ts"

export interface Problem extends Day.Day {
  /** Share of wrong answers, from 0 to 1: falling and convex in the exposure. */
  readonly wrong: (scene: number, exposure: number) => number
}

export interface Bounded extends Day.Optimum {
  /** No schedule costs less. */
  readonly bound: number
  /** Whether `cost` is that bound: whether nothing was dropped for want of room that could have been better. */
  readonly exact: boolean
}

/** What a schedule costs. */
export const cost = (problem: Problem, rounds: ReadonlyArray<Day.Round>): number =>
  Day.cost(problem, rounds, learning(Day.scenes(problem), problem.wrong))

/** The exposure of its scene that each request meets. */
export const met = (day: Day.Day, rounds: ReadonlyArray<Day.Round>): ReadonlyArray<number> => {
  const exposures: Array<number> = []
  Day.cost(
    day,
    rounds,
    learning(Day.scenes(day), (_, exposure) => exposures.push(exposure))
  )
  return exposures
}

const learning = (scenes: number, wrong: Problem["wrong"]): Day.Learning => {
  const [waiting, training, exposure] = [new Float64Array(scenes), new Float64Array(scenes), new Float64Array(scenes)]
  return {
    arrives: ({ scene, samples }) => void (waiting[scene]! += samples),
    wrong: (scene) => wrong(scene, exposure[scene]!),
    begins() {
      training.set(waiting)
      waiting.fill(0)
    },
    serves(share) {
      for (let scene = 0; scene < scenes; scene++) exposure[scene]! += share * training[scene]!
      training.fill(0)
    }
  }
}

/**
 * Keeps at most `most` labels a batch, those that promise most. A hasty search first finds a schedule that is good; the
 * thorough one then leaves out what cannot be better.
 */
export const solve = (problem: Problem, most = 100): Bounded => {
  const ground = Labels.survey(problem)
  const hasty = follow(problem, Labels.search(ground, Math.min(most, hastily)))
  const thorough = follow(problem, Labels.search(ground, most, hasty.cost * (1 + rounding)))
  const { cost, rounds } = thorough.cost < hasty.cost ? thorough : hasty
  const bound = Math.max(hasty.bound, Math.min(thorough.bound, cost))
  return bound < cost * (1 - rounding)
    ? { cost, bound, exact: false, rounds }
    : { cost, bound: cost, exact: true, rounds }
}

const hastily = 10
/** Sums in another order differ by less. */
const rounding = 1e-9

const follow = (problem: Problem, { bound, rounds }: Labels.Found) => ({ cost: cost(problem, rounds), bound, rounds })

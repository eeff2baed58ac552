/** What a tape cannot tell of another policy, in sentences. */
import { activities } from "@edgeol/core/Ledger"
import type * as Asked from "./Asked.ts"
import type * as Bounds from "./Bounds.ts"
import type * as Model from "./Model.ts"
import * as Words from "./Words.ts"

/** What nothing says that stands in for training, and what can be said without. */
export const learning = (
  model: Model.Model,
  { own, other }: Asked.Both,
  bounds: Bounds.Bounds | undefined,
  untaught: string | undefined
): ReadonlyArray<string> => {
  const without = [other, own].filter(({ isLearnt }) => !isLearnt)
  return [
    ...(model.learnt === undefined
      ? [
          `Accuracy: there is no surrogate of ${model.header.stream} as it was run, so nothing says what other rounds teach.`
        ]
      : without.map(({ policy: name }) => {
          const why =
            model.learnt?.head === undefined
              ? "it adapts a fast head, which no surrogate of this stream knows"
              : "beside its fast head it looks at what no surrogate of one tells, such as how sure it is"
          return `How accurate ${name} is: ${why}.`
        })),
    ...without
      .filter(({ isBlind }) => !isBlind)
      .map(
        ({ policy: name }) => `What ${name} costs: its rounds depend on what is learnt, and nothing says that here.`
      ),
    ...(bounds === undefined || other.isLearnt ? [] : [Words.bounded(other.policy, bounds)]),
    ...(untaught === undefined ? [] : [`It cannot be learnt for real here either: ${untaught}.`])
  ]
}

/** What no tape tells, and what this one does not. */
export const tape = (
  { learnt, header, fitted }: Model.Model,
  other: Asked.Asked,
  ran: Model.Ran
): ReadonlyArray<string> => {
  const guess = other.isLearnt ? ran.outside : undefined
  const isUnplanned = header.scenario === undefined && header.scenarios.length === 0
  const unseen = activities.filter(
    (activity) => (ran.summary.seconds[activity] ?? 0) > 0 && fitted.unseen.includes(activity)
  )
  return [
    ...(guess === undefined ? [] : [`Accuracy is partly a guess: the surrogate was not fitted on ${guess}.`]),
    ...(unseen.length === 0
      ? []
      : [
          `What ${Words.listed(unseen)} took: the tape shows none, so the profile's cost stands for it, with its doubt.`
        ]),
    ...(learnt !== undefined && isUnplanned
      ? [
          `Which scenario samples came from: a device is not told, so they are taken for the first that ${header.stream} meets.`
        ]
      : []),
    "How long requests would have waited: only rounds are charged, and what else ran on the device is not on the tape.",
    "Labels that nobody gave: every policy is shown the labelled batches of the tape, and no others.",
    ...(header.clock === "modelled"
      ? []
      : [
          "What else the device would have been busy with: costs are means over this tape, disturbed as its rounds were."
        ]),
    ...(header.scenario === undefined
      ? []
      : ["How warm the device would have been, and what its battery would have held: costs are means over this tape."])
  ]
}

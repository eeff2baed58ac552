/** The model as it is deployed: trained on the first scenario, once for a seed, and the same for every policy. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Models from "@edgeol/backends/tfjs/Models"
import * as Pretrained from "@edgeol/backends/tfjs/Pretrained"
import * as TfjsLearner from "@edgeol/backends/tfjs/TfjsLearner"
import type * as Experiment from "@edgeol/streams/Experiment"
import type { Feed } from "@edgeol/streams/Feed"
import { Console, Effect, Schema } from "effect"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"
import type { World } from "./World.ts"

/** The learner of an experiment, keeping its checkpoints in a folder. */
export const options = Effect.fnUntraced(function* (world: World, { stream, seed }: Feed, folder: string) {
  const { model, training } = world.experiment
  const { described, initial } = yield* starting(model, stream, world.data)
  const { threads } = world
  const rounds = world.clock === "modelled" && !world.processes ? "warm" : world.rounds
  const fixed = { model: described, training, seed, folder, rounds, threads }
  return (initial === undefined ? fixed : { ...fixed, initial }) satisfies TfjsLearner.Options
})

/** Whether a folder holds an initial model, whole. */
export const isIn = (home: string): boolean => existsSync(join(home, note))

/** Puts the initial model into a learner whose checkpoints are in `folder`; trains and keeps it in `home` if need be. */
export const adopt = Effect.fnUntraced(function* (
  learner: TfjsLearner.TfjsLearner,
  world: World,
  feed: Feed,
  home: string,
  folder: string
) {
  if (!isIn(home)) yield* Effect.scoped(train(world, feed, home))
  const { name, from } = yield* Effect.try({
    try: () => {
      for (const file of readdirSync(home)) {
        if (file.endsWith(".safetensors")) copyFileSync(join(home, file), join(folder, file))
      }
      return decodeNote(JSON.parse(readFileSync(join(home, note), "utf8")))
    },
    catch: (error) =>
      new CliError({ message: `Cannot read the initial model in ${home}: ${Files.reason(error)}; remove the folder.` })
  })
  if (from !== recipe(world, feed.seed)) {
    return yield* new CliError({
      message: `The initial model in ${home} is of another experiment, seed or number of threads; name another folder with --out.`
    })
  }
  yield* learner.restore(name)
})

/** Written last: the name of the model's checkpoint, and what it was trained from. */
const note = "initial.json"
const decodeNote = Schema.decodeUnknownSync(Schema.Struct({ name: Schema.String, from: Schema.String }))

/** All that decides the bits of an initial model: with another one, policies would not start alike. */
const recipe = ({ experiment: { stream, model, initial, training }, threads }: World, seed: number) =>
  JSON.stringify({ stream, model, initial, training, seed, threads })

const train = Effect.fnUntraced(function* (world: World, feed: Feed, home: string) {
  yield* Files.change(home, () => Files.folder(home))
  const { learningRate, epochs } = world.experiment.initial
  const own = yield* options(world, feed, home)
  yield* Effect.forEach(Pretrained.notes(own.model), (note) => Console.error(`edgeol: ${note}.`))
  const learner = yield* TfjsLearner.make({ ...own, training: { ...own.training, learningRate } })
  yield* learner.pretrain(feed.initial.train, epochs)
  const { value: name } = yield* learner.save
  yield* Files.change(home, () =>
    Files.replace(join(home, note), JSON.stringify({ name, from: recipe(world, feed.seed) }))
  )
})

/** The model and, where they come from a file, the weights that it starts with. */
const starting = (model: Experiment.Model, { classes, shape }: Feed["stream"], data: string) =>
  Effect.try({
    try: () => {
      const described = Models.asked(model, { classes: classes.length, shape, data })
      return { described, initial: Pretrained.start(model, data, described) }
    },
    catch: (error) => {
      const remedy = model.kind === "layers" ? "" : "; name the folder of the data sets with --data"
      return new CliError({ message: `${Files.reason(error)}${remedy}.` })
    }
  })

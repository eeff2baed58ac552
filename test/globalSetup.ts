/** Links TensorFlow once, before the test files need it, and says when tests will be skipped. */
import { existsSync } from "node:fs"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import { data } from "./data.ts"

export default () => {
  if (!existsSync(data)) {
    console.warn(`The tests that read shared data are skipped, as many as the last lines say: there is no ${data}.`)
  }
  return Effect.runPromise(Tensorflow.ensure)
}

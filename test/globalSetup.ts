/** Links TensorFlow once, before the test files need it, and says which tests the missing shared data will skip. */
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"

export default () => Effect.runPromise(Tensorflow.ensure)

/** What decides the numbers of an agent besides its settings. */
import { arch, cpus, platform } from "node:os"
import * as Tensorflow from "@edgeol/backends/tensorflow/Tensorflow"
import { Effect } from "effect"
import own from "../package.json" with { type: "json" }

export const all = (threads: number) =>
  Effect.map(Tensorflow.load({ threads }), (engine) => ({
    edgeol: own.version,
    node: process.versions.node,
    tensorflow: engine.version,
    tfjs: engine.tf.version.tfjs ?? "unknown",
    threads: String(engine.threads),
    machine: `${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown processor"}`
  }))

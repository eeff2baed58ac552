/** What an experiment asks of a device: its network, layer by layer, read off without TensorFlow. */
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import type { Workload } from "@edgeol/sim/Equipment"
import * as Catalog from "@edgeol/streams/Catalog"
import type { Experiment } from "@edgeol/streams/Experiment"
import { Effect } from "effect"

/** `data` is the folder of the data sets, in which streams of one's own are looked at. */
export const of = ({ stream, model, training }: Experiment, data?: string) =>
  Effect.map(Catalog.images(stream, data), (images): Workload => ({
    network: Graph.of(Models.make(Models.asked(model, images)), training),
    batch: training.batchSize
  }))

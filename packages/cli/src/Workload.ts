/** What an experiment asks of a device: its network, layer by layer, read off without TensorFlow. */
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import type { Workload } from "@edgeol/sim/Equipment"
import * as Catalog from "@edgeol/streams/Catalog"
import type { Experiment } from "@edgeol/streams/Experiment"
import { Effect } from "effect"
import { CliError } from "./CliError.ts"
import * as Files from "./Files.ts"

/** `data` is the folder of the data sets, in which streams of one's own are looked at. */
export const of = ({ stream, model, training }: Experiment, data?: string) =>
  Effect.flatMap(Catalog.images(stream, data), (images) =>
    Effect.try({
      try: (): Workload => ({
        network: Graph.of(Models.make(Models.asked(model, { ...images, data })), training),
        batch: training.batchSize
      }),
      catch: (error) => new CliError({ message: `${Files.reason(error)}.` })
    })
  )

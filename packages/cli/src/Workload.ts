/** What an experiment asks of a device: its network, layer by layer, read off without TensorFlow. */
import * as Graph from "@edgeol/backends/tfjs/Graph"
import * as Models from "@edgeol/backends/tfjs/Models"
import type { Workload } from "@edgeol/sim/Equipment"
import * as Catalog from "@edgeol/streams/Catalog"
import type { Experiment } from "@edgeol/streams/Experiment"
import { Effect } from "effect"

export const of = ({ stream, model, training }: Experiment) =>
  Effect.map(Catalog.images(stream), ({ classes, shape }): Workload => {
    const config: Models.Config =
      model.kind === "resnet8"
        ? { kind: "ResNet8", classes }
        : { kind: "ConvNet", shape, classes, widths: model.widths }
    return { network: Graph.of(Models.make(config), training), batch: training.batchSize }
  })

/** The streams there are, by name and version. */
import type { Examples } from "@edgeol/core/Examples"
import { SamplesError } from "@edgeol/core/Samples"
import { Effect } from "effect"
import * as Cifar from "./Cifar.ts"
import * as Core50 from "./Core50.ts"
import * as Fashion from "./Fashion.ts"
import * as Folder from "./Folder.ts"
import * as Gtsrb from "./Gtsrb.ts"
import * as GtsrbBands from "./GtsrbBands.ts"
import * as Jobs from "./Jobs.ts"
import * as Newsgroups from "./Newsgroups.ts"
import * as Patterns from "./Patterns.ts"
import type { Stream } from "./Stream.ts"
import * as Table from "./Table.ts"

/** Opens what a stream reads from the data folder, once; then a seed gives the stream. */
type Open = (data: string) => Effect.Effect<(seed: number) => Stream, SamplesError>

/** What its images are like, which needs no data. */
export interface Images {
  readonly classes: number
  readonly shape: Examples["shape"]
}

interface Known extends Images {
  readonly open: Open
}

const known = (classes: number, shape: Examples["shape"], open: Open): Known => ({ classes, shape, open })

const streams: Readonly<Record<string, Known>> = {
  "cifar10/nc@1": known(10, [32, 32, 3], (data) => Effect.map(Cifar.read(data), Cifar.nc)),
  "cifar10/ni@1": known(10, [32, 32, 3], (data) => Effect.map(Cifar.read(data), Cifar.ni)),
  "core50/nc@1": known(50, [32, 32, 3], (data) => Effect.map(Core50.read(data), Core50.nc)),
  "core50/ni@1": known(50, [32, 32, 3], (data) => Effect.map(Core50.read(data), Core50.ni)),
  "core50/nic@1": known(50, [32, 32, 3], (data) => Core50.listed("core50/nic", "NIC_inc", data)),
  "core50/nicv2-79@1": known(50, [32, 32, 3], (data) => Core50.listed("core50/nicv2-79", "NIC_v2_79", data)),
  "core50/nicv2-196@1": known(50, [32, 32, 3], (data) => Core50.listed("core50/nicv2-196", "NIC_v2_196", data)),
  "core50/nicv2-391@1": known(50, [32, 32, 3], (data) => Core50.listed("core50/nicv2-391", "NIC_v2_391", data)),
  "fashion-mnist/nc@1": known(10, [28, 28, 1], (data) => Effect.map(Fashion.read(data), Fashion.nc)),
  "fashion-mnist/ni@1": known(10, [28, 28, 1], (data) => Effect.map(Fashion.read(data), Fashion.ni)),
  "gtsrb32/bands@1": known(43, [32, 32, 3], (data) => Effect.map(Gtsrb.read(data), GtsrbBands.bands)),
  "gtsrb32/nc@1": known(30, [32, 32, 3], (data) => Effect.map(Gtsrb.read(data), Gtsrb.nc)),
  "gtsrb32/ni@1": known(16, [32, 32, 3], (data) => Effect.map(Gtsrb.read(data), Gtsrb.ni)),
  "gtsrb32/nic@1": known(30, [32, 32, 3], (data) => Effect.map(Gtsrb.read(data), Gtsrb.nic)),
  "gtsrb32/tracks@1": known(16, [32, 32, 3], (data) => Effect.map(Gtsrb.read(data), Gtsrb.tracks)),
  "jetson-jobs/ni@1": known(15, [1, 1, 5], (data) => Effect.map(Jobs.read(data), Jobs.ni)),
  "mini-newsgroups/nc@1": known(20, [1, 1, Newsgroups.PLACES], (data) =>
    Effect.map(Newsgroups.read(data), Newsgroups.nc)
  ),
  "patterns/nic@1": known(14, [32, 32, 3], () => Effect.succeed(Patterns.nic))
}

export const names: ReadonlyArray<string> = Object.keys(streams)

/**
 * `data` is the folder of the data sets; built-in streams do not read it. A stream of one's own is named by its path:
 * `folder:PATH`, `table:PATH`.
 */
export const open = (name: string, data: string): Effect.Effect<(seed: number) => Stream, SamplesError> =>
  own(name, data) ?? Effect.flatMap(find(name), (stream) => stream.open(data))

/** A stream of one's own has to be opened for it. */
export const images = (name: string, data = ""): Effect.Effect<Images, SamplesError> => {
  const opened = own(name, data)
  return opened === undefined ? find(name) : Effect.map(opened, (make) => imagesOf(make(1)))
}

const imagesOf = ({ classes, shape }: Stream): Images => ({ classes: classes.length, shape })

const own = (name: string, data: string) => {
  const [folder, table] = [Folder.parse(name), Table.parse(name)]
  if (folder !== undefined) return Folder.read(data, folder)
  return table === undefined ? undefined : Table.read(data, table)
}

const find = (name: string): Effect.Effect<Known, SamplesError> => {
  const stream = Object.hasOwn(streams, name) ? streams[name] : undefined
  if (stream !== undefined) return Effect.succeed(stream)
  const message = `There is no stream called "${name}"; name one of ${names.join(", ")}, or data of your own by folder:PATH or table:PATH.`
  return Effect.fail(new SamplesError({ message }))
}

/** `edgeol atlas head`: a surrogate of the fast head from recorded runs in which one learnt. */
import { resolve } from "node:path"
import * as Head from "@edgeol/sim/surrogate/Head"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { CliError } from "../CliError.ts"
import * as Real from "../fidelity/Real.ts"
import * as Files from "../Files.ts"
import * as Flags from "../Flags.ts"
import * as Text from "../report/Text.ts"
import * as Heads from "./Heads.ts"
import * as Model from "./Model.ts"
import * as Source from "./Source.ts"
import * as Catalog from "@edgeol/streams/Catalog"

const flags = {
  runs: Flag.String("runs").pipe(
    Flag.withDescription("Folder of runs that ended, as edgeol compare leaves them: of one stream, with a fast head")
  ),
  out: Flag.String("out").pipe(Flag.withDescription("File to write the surrogate to")),
  data: Flags.data,
  json: Flags.json
}

interface Input {
  readonly runs: string
  readonly out: string
  readonly data: string
  readonly json: boolean
}

const handle = Effect.fn(function* ({ runs, out, data, json }: Input) {
  if (!Files.isFolder(runs)) {
    return yield* new CliError({ message: `There is no folder ${runs}; name one of edgeol compare with --runs.` })
  }
  const sources = yield* Effect.forEach(Real.places(runs), Source.read)
  const heads = sources.filter(({ entries }) => entries.some(({ observation }) => observation._tag === "Adapted"))
  const first = heads[0]
  if (first === undefined) {
    return yield* new CliError({
      message: `In no run that ended in ${runs} a fast head learnt; record some with edgeol compare --policies head,immediate+head.`
    })
  }
  const other = heads.find(({ header }) => header.stream !== first.header.stream)
  if (other !== undefined) {
    return yield* new CliError({
      message: `${other.file} is of ${other.header.stream} and ${first.file} of ${first.header.stream}; name a folder of one stream.`
    })
  }
  const all = yield* Effect.forEach(heads, (source) =>
    Effect.map(Model.make(source, data), ({ arrivals, experiment }) => ({ tape: source, arrivals, experiment }))
  )
  const stream = yield* Catalog.open(all[0]!.experiment.stream, data)
  const head = Heads.fit(all, stream(first.header.seed).scenarios[0]!.name)
  const file = resolve(out)
  yield* Files.change(file, () => Files.replace(file, Head.print(head)))
  const { heldOut, provenance } = head.body
  const result = { file, hash: head.hash, stream: head.body.stream, runs: provenance.runs, heldOut }
  yield* Console.log(json ? JSON.stringify(result, null, 2) : said(result))
})

const said = ({
  file,
  stream,
  runs,
  heldOut
}: {
  file: string
  stream: string
  runs: number
  heldOut: Head.Body["heldOut"]
}) =>
  `${stream}: ${Text.plural(runs, "recorded run")} of fast heads fitted, in ${file}\n` +
  `mean accuracy of a run whose seed was not fitted on: off by ${points(heldOut.median)} points in the median, ` +
  `${points(heldOut.p90)} in one of ten (${heldOut.runs} runs)`

const points = (share: number) => (100 * share).toFixed(1)

export const command = Command.make("head", flags, handle).pipe(
  Command.withDescription("Fit a surrogate of the fast head on recorded runs in which one learnt")
)

/** Deploys as the settings in a file say: a process for tests to kill. */
import { readFileSync } from "node:fs"
import * as Bundle from "@edgeol/deploy/Bundle"
import * as Deploy from "@edgeol/deploy/Deploy"
import { Effect } from "effect"
import * as Board from "./board.ts"

const { host, bundle: path, layer, trust } = JSON.parse(readFileSync(process.argv[2]!, "utf8"))
const bytes = readFileSync(path)
const bundle = { path, bytes: bytes.length, ...(await Bundle.inspect(bytes)) }
const told = await Board.on(host, (one) =>
  Deploy.deploy(one, { bundle, runtime: Effect.succeed(layer), trust, seconds: 20, tell: () => {} })
)
process.exit(typeof told === "string" ? 1 : 0)

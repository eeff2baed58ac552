/** The surrogates that come with the program. */
import { readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Surrogate from "@edgeol/sim/surrogate/Surrogate"

const folder = resolve(import.meta.dirname, "../../../packages/sim/surrogates")

export const all: ReadonlyArray<Surrogate.Surrogate> = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => Surrogate.parse(file, readFileSync(join(folder, file), "utf8")))

export const patterns = all.find(({ body }) => body.stream === "patterns/nic@1")!

import { homedir } from "node:os"
import { join } from "node:path"
import * as Cache from "@edgeol/backends/tensorflow/Cache"
import { describe, expect, it } from "vitest"

describe("Cache.folder", () => {
  it.each([
    [{ EDGEOL_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
    [{ XDG_CACHE_HOME: "/b" }, "/b/edgeol"],
    [{ EDGEOL_CACHE: "", XDG_CACHE_HOME: "" }, join(homedir(), ".cache/edgeol")],
    [{}, join(homedir(), ".cache/edgeol")]
  ])("%j → %s", (env, folder) => expect(Cache.folder(env)).toBe(folder))
})

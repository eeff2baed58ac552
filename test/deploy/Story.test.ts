/** The whole story as a test, where it is asked for: `EDGEOL_STORY=jetson` or `loopback`. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import * as FakeJetson from "../fakes/FakeJetson.ts"
import * as Loopback from "../fakes/Loopback.ts"

const asked = process.env.EDGEOL_STORY
const obstacle =
  asked === undefined
    ? "it takes minutes and about 2 GB; set EDGEOL_STORY to jetson or loopback"
    : asked === "jetson"
      ? FakeJetson.obstacle()
      : Loopback.obstacle()
if (obstacle !== undefined) console.warn(`The story of a device is skipped: ${obstacle}.`)

test.skipIf(obstacle !== undefined)(
  "verify, bundle, deploy, serve, learn, break a promise, fall back, roll back, pull, replay",
  () => {
    const args = [fileURLToPath(new URL("./story.ts", import.meta.url)), ...(asked === "jetson" ? [] : ["--loopback"])]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
    console.log(stdout)
    expect(stderr).toBe("")
    expect([status, stdout]).toEqual([0, expect.stringContaining("The story holds")])
  },
  3_600_000
)

/**
 * The whole story as a test: on the emulated Jetson where root and the emulator allow, else on this computer behind an
 * ssh server of its own; where neither can be, it says why. `EDGEOL_STORY=loopback` asks for one of them.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import * as FakeJetson from "../fakes/FakeJetson.ts"
import * as Loopback from "../fakes/Loopback.ts"

const obstacles = { jetson: FakeJetson.obstacle, loopback: Loopback.obstacle }
type Place = keyof typeof obstacles

const isPossible = (place: Place): boolean => {
  const obstacle = obstacles[place]()
  if (obstacle !== undefined) console.warn(`The story of a device is not told on the ${place}: ${obstacle}.`)
  return obstacle === undefined
}

const asked = process.env.EDGEOL_STORY as Place | undefined
const place = (asked === undefined ? (["jetson", "loopback"] as const) : [asked]).find(isPossible)

test.skipIf(place === undefined)(
  "verify, bundle, deploy, serve, learn, break a promise, fall back, roll back, pull, replay",
  () => {
    const args = [fileURLToPath(new URL("./story.ts", import.meta.url)), ...(place === "jetson" ? [] : ["--loopback"])]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
    console.log(stdout)
    expect(stderr).toBe("")
    expect([status, stdout]).toEqual([0, expect.stringContaining("The story holds")])
  },
  3_600_000
)

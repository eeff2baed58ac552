/** Deployments that are killed. EDGEOL_KILLS says how many are; 12 without it. */
import { expect, test } from "vitest"
import * as Loopback from "../fakes/Loopback.ts"
import * as Kills from "./Kills.ts"

const obstacle = Loopback.obstacle()
if (obstacle !== undefined) console.warn(`The deployments that are killed are skipped: ${obstacle}.`)

const kills = Number(process.env.EDGEOL_KILLS ?? 12)

test.skipIf(obstacle !== undefined)(
  `a device on which ${kills} deployments are killed always runs a whole release`,
  async () => {
    const { moments, current, boots } = await Kills.run(1, kills)
    expect(current.old + current.new).toBe(kills)
    expect(Object.keys(moments).length).toBeGreaterThan(2)
    expect(boots).toBeGreaterThan(0)
  },
  36_000_000
)

import * as Probe from "@edgeol/deploy/Probe"
import { expect, test } from "vitest"

const printed = `machine=Linux-aarch64
glibc=glibc 2.35
free=5000000
model=NVIDIA Jetson Orin Nano Developer Kit
sensor=/sys/bus/i2c/drivers/ina3221/1-0040
linger=no
runtimes=aa
part=bb 17
current=releases/cc
`

const orin = Probe.parse(printed)

test("reads what a board says of itself", () => {
  expect(orin).toEqual({
    target: "linux-arm64",
    glibc: "2.35",
    free: 5_120_000_000,
    model: "NVIDIA Jetson Orin Nano Developer Kit",
    sensors: ["/sys/bus/i2c/drivers/ina3221/1-0040"],
    lingers: false,
    missing: [],
    runtimes: ["aa"],
    tools: [],
    keys: [],
    current: "cc",
    parts: new Map([["bb", 17]])
  })
  expect(Probe.obstacle("robot", orin, "linux-arm64", 1e9)).toBeUndefined()
})

test.each<readonly [changed: Partial<Probe.Device>, why: RegExp]>([
  [{ target: "linux-x64" }, /for linux-arm64 and robot is linux-x64; bundle with --target linux-x64\.$/],
  [{ target: "Darwin-arm64" }, /robot is Darwin-arm64/],
  [{ glibc: "2.27" }, /robot has glibc 2\.27 and Node needs 2\.28; use JetPack 5/],
  [{ glibc: "" }, /glibc of another kind/],
  [{ missing: ["flock", "tar"] }, /robot lacks flock, tar/],
  [{ free: 10e6 }, /robot has 10 MB free and 1000 MB are needed/],
  [{ free: NaN }, /are needed/]
])("says in a sentence what keeps a release from a device: %o", (changed, why) => {
  expect(Probe.obstacle("robot", { ...orin, ...changed }, "linux-arm64", 1e9)).toMatch(why)
})

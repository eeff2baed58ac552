import * as NvpmodelConf from "@edgeol/hw-jetson/NvpmodelConf"
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"

const nano = `# MAXN is the NONE power model
< PARAM TYPE=FILE NAME=CPU_ONLINE >
CORE_0 /sys/devices/system/cpu/cpu0/online

< POWER_MODEL ID=0 NAME=MAXN >
CPU_ONLINE CORE_0 1
CPU_ONLINE CORE_1 1
CPU_A57 MAX_FREQ 1479000   # kHz
GPU MAX_FREQ -1
EMC MAX_FREQ 0

< POWER_MODEL NAME=5W ID=1 >
CPU_ONLINE CORE_0 1
CPU_ONLINE CORE_1 0
CPU_A57 MAX_FREQ 918000
GPU MAX_FREQ 640000000
EMC MAX_FREQ 1600000000

< PM_CONFIG DEFAULT=0 >
< FAN_CONFIG DEFAULT=cool >
`

describe("a configuration", () => {
  it("gives modes, targets and defaults", () => {
    const config = NvpmodelConf.parse(nano)
    assert.deepStrictEqual(config.problems, [])
    assert.deepStrictEqual([config.defaultMode, config.fan], [0, "cool"])
    assert.deepStrictEqual(config.targets, [
      { parameter: "CPU_ONLINE", argument: "CORE_0", path: "/sys/devices/system/cpu/cpu0/online" }
    ])
    assert.deepStrictEqual(NvpmodelConf.summaries(config), [
      { name: "MAXN", id: 0, isDefault: true, cores: 2, cpu: 1_479_000_000, gpu: undefined, emc: undefined },
      { name: "5W", id: 1, isDefault: false, cores: 1, cpu: 918_000_000, gpu: 640_000_000, emc: 1_600_000_000 }
    ])
  })

  it.each([
    ["< POWER_MODEL ID=x NAME=A >", 1],
    ["< POWER_MODEL ID=0 NAME=A >\n< POWER_MODEL ID=0 NAME=B >", 2],
    ["\n< PARAM TYPE=FILE >", 2],
    ["< POWER_MODEL ID=0 NAME=A >\n\nGPU MAX_FREQ", 3],
    ["< PM_CONFIG >", 1],
    ["GPU MAX_FREQ 1", 1],
    ["< POWER_MODEL ID=0", 1]
  ])("with a mistake says in which line: %j", (text, line) => {
    assert.deepStrictEqual(
      NvpmodelConf.parse(text).problems.map((problem) => problem.line),
      [line]
    )
  })

  it("of any kind is read without a throw, and damaged ones keep what is whole", () => {
    let damaged = 0
    const flipped = fc.tuple(fc.nat(nano.length - 1), fc.nat(7)).map(([at, bit]) => {
      return nano.slice(0, at) + String.fromCharCode(nano.charCodeAt(at) ^ (1 << bit)) + nano.slice(at + 1)
    })
    const cut = fc.nat(nano.length).map((at) => nano.slice(0, at))
    fc.assert(
      fc.property(fc.oneof(flipped, cut, fc.string({ unit: "binary" })), (text) => {
        const config = NvpmodelConf.parse(text)
        if (config.problems.length > 0) damaged++
        const lines = text.split(/\r\n?|\n/).length
        assert.isTrue(config.problems.every(({ line }) => line >= 1 && line <= lines))
        for (const { cores, cpu, gpu, emc } of NvpmodelConf.summaries(config))
          assert.isTrue([cores, cpu, gpu, emc].every((value) => value === undefined || Number.isSafeInteger(value)))
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(damaged, 100)
  })
})

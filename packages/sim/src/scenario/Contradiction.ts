/** What no schema sees: fields of a scenario that cannot all hold. Each is one sentence about its field. */
import * as ArrivalContradiction from "./ArrivalContradiction.ts"
import * as Course from "./Course.ts"
import type { Device, Scenario, Stretch } from "./Document.ts"
import * as Scenes from "./Scenes.ts"
import { type Found, firstOf, type Path, problem } from "./Problem.ts"

/** The first of the checks that finds something; later ones may rely on those before them. */
export const first = (scenario: Scenario): Found =>
  inScenes(scenario) ??
  firstOf(scenario.schedule, (stretch, i) => inStretch(scenario, stretch, i)) ??
  inLength(scenario) ??
  ArrivalContradiction.first(scenario) ??
  inLabels(scenario) ??
  inDevices(scenario)

const inScenes = ({ scenes = {} }: Scenario): Found =>
  firstOf(Object.keys(scenes), (name) => unless(Scenes.resolve(name, scenes), ["scenes", name]))

const unless = (resolved: Scenes.Mix | string, path: Path): Found =>
  typeof resolved === "string" ? problem(path, resolved) : undefined

const inStretch = (scenario: Scenario, stretch: Stretch, i: number): Found => {
  const path = ["schedule", i]
  return (
    unless(Scenes.resolve(stretch.scene, scenario.scenes), [...path, "scene"]) ??
    inEnd(scenario, stretch, path) ??
    inDrift(scenario, stretch, path)
  )
}

const inEnd = ({ schedule }: Scenario, { duration, until }: Stretch, path: Path): Found => {
  if (duration !== undefined && until !== undefined) return problem(path, "give duration or until, not both")
  if (duration === undefined && until === undefined) return problem(path, "say how long it lasts: give a duration")
  const i = Number(path[1])
  const start = Course.endings(schedule)[i - 1] ?? 0
  return until === undefined || until > start
    ? undefined
    : problem([...path, "until"], `ends at ${until} s, but the stretch begins at ${start} s`)
}

const inDrift = (scenario: Scenario, { drift, scene }: Stretch, path: Path): Found => {
  const i = Number(path[1])
  const isFirst = i === 0 && (scenario.repeat ?? 1) === 1
  const at = (field: string) => [...path, "drift", field]
  switch (drift?.kind) {
    case "recurring": {
      const earlier = scenario.repeat === undefined ? scenario.schedule.slice(0, i) : scenario.schedule
      const before = earlier.some((other, j) => j !== i && other.scene === scene)
      return before ? undefined : problem(at("kind"), `scene "${scene}" does not recur, it was not there before`)
    }
    case "gradual":
      if (isFirst) return problem(at("kind"), "the first stretch has no other before it to drift from")
      return inOver(scenario, drift.over, path)
    case "incremental":
      return (
        inOver(scenario, drift.over, path) ??
        firstOf(drift.through, (scene, j) =>
          unless(Scenes.resolve(scene, scenario.scenes), [...path, "drift", "through", j])
        )
      )
    default:
      return undefined
  }
}

const inOver = ({ schedule }: Scenario, over: number, path: Path): Found => {
  const ends = Course.endings(schedule)
  const i = Number(path[1])
  const length = schedule[i]!.duration ?? ends[i]! - (ends[i - 1] ?? 0)
  return over <= length
    ? undefined
    : problem([...path, "drift", "over"], `drifts for ${over} s, longer than its stretch of ${length} s`)
}

/** Beyond these a double no longer tells arrivals apart, or nobody waits for the end: 31 years, 10 million stretches. */
const longest = 1e9
const mostStretches = 1e7

const inLength = ({ schedule, repeat = 1 }: Scenario): Found => {
  const seconds = repeat * (Course.endings(schedule).at(-1) ?? 0)
  if (seconds > longest) return problem(["schedule"], `lasts ${seconds} s in all, more than ${longest} s`)
  const stretches = repeat * schedule.length
  return stretches > mostStretches
    ? problem(["repeat"], `makes ${stretches} stretches, more than ${mostStretches}`)
    : undefined
}

const inLabels = ({ batches }: Scenario): Found => {
  const { delay, missing } = batches?.labels ?? {}
  const path = ["batches", "labels"]
  if (missing === 1) return problem([...path, "missing"], "no label ever comes; leave the batches out")
  return delay?.kind === "uniform" && delay.until < delay.from
    ? problem([...path, "delay", "until"], `ends at ${delay.until} s, before it starts at ${delay.from} s`)
    : undefined
}

const inDevices = (scenario: Scenario): Found => {
  const { device, devices = [] } = scenario
  if (device !== undefined && devices.length > 0) return problem(["device"], "give device or devices, not both")
  const end = Course.seconds(Course.of(scenario))
  if (device !== undefined) return inDevice(device, ["device"], end)
  return firstOf(devices, (one, i) => inDevice(one, ["devices", i], end))
}

const inDevice = ({ modes = [], thermal }: Device, path: Path, end: number): Found => {
  const late = firstOf(modes, ({ at }, i) => {
    const before = modes[i - 1]?.at ?? 0
    if (at < before) return problem([...path, "modes", i, "at"], `${at} s comes after ${before} s; put them in order`)
    return at < end ? undefined : problem([...path, "modes", i, "at"], `${at} s is after the end, ${end} s`)
  })
  if (late !== undefined || thermal === undefined || thermal.throttleAt > thermal.ambient) return late
  return problem([...path, "thermal", "throttleAt"], `must be above ambient, ${thermal.ambient} degrees`)
}

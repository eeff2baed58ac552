/** What a board's sensors can say: rails and their steps, how fast, and what lies outside. */
import type { Domain } from "./Board.ts"
import * as Board from "./Board.ts"
import * as Sysfs from "./internal/sysfs.ts"
import * as PowerIntegral from "./PowerIntegral.ts"
import type { Channel, Found } from "./Rails.ts"
import * as Rails from "./Rails.ts"

export interface RailCapability {
  readonly rail: string
  readonly domain: Domain
  readonly chip: Channel["chip"]
  readonly layout: Channel["layout"]
  readonly address: string
  readonly inTotal: boolean
  /** W of one step of the reading. */
  readonly step: number
}

export interface Capability {
  readonly board: string
  readonly soc: string | undefined
  readonly rails: ReadonlyArray<RailCapability>
  readonly total: ReadonlyArray<string>
  /** W of one step of the total: its rails' steps in quadrature. */
  readonly step: number
  readonly accuracy: number
  /** Seconds to read the total once, and the rate at which that is a twentieth of the time. */
  readonly secondsPerSample: number
  readonly hertz: number
  readonly outside: string
}

/** INA3221: the least significant bit of the shunt voltage is 40 µV (data sheet SBOS576, 2012, table 5). */
const shuntStep = 40e-6

/** Times the sensors with a few readings of the total. Throws a RailError when they cannot be opened. */
export const of = (found: Found): Capability => {
  const rails = found.channels.map((channel) => railOf(channel, found))
  const inTotal = found.channels.filter((channel) => found.total.includes(channel.rail))
  const secondsPerSample = timeReads(inTotal)
  return {
    board: found.board?.name ?? "unknown board",
    soc: found.board?.soc,
    rails,
    total: found.total,
    step: Math.hypot(...rails.filter((rail) => rail.inTotal).map((rail) => rail.step)),
    accuracy: PowerIntegral.sensorAccuracy,
    secondsPerSample,
    hertz: Math.min(20, Math.max(1, 0.05 / Math.max(secondsPerSample, 1e-6))),
    outside: found.board?.outside ?? "unknown"
  }
}

const timeReads = (channels: ReadonlyArray<Channel>): number => {
  if (channels.length === 0) return 0
  const reader = Rails.open(channels)
  const start = Sysfs.monotonic()
  for (let i = 0; i < 5; i++) reader.read()
  const seconds = (Sysfs.monotonic() - start) / 5
  reader.close()
  return seconds
}

const railOf = (channel: Channel, found: Found): RailCapability => ({
  rail: channel.rail,
  domain: Board.domain(channel.rail),
  chip: channel.chip,
  layout: channel.layout,
  address: channel.address,
  inTotal: found.total.includes(channel.rail),
  step: stepOf(channel, found)
})

/** From the shunt and the present voltage where the driver tells both, else from the board's table. */
const stepOf = (channel: Channel, found: Found): number => {
  const [volts, amperes] = channel.files
  if (channel.shunt !== undefined && volts !== undefined && amperes !== undefined) {
    const millivolts = Rails.parse(Sysfs.text(volts) ?? "", volts)
    if (typeof millivolts === "number") return (shuntStep / channel.shunt) * (millivolts / 1000)
  }
  const labels = new Set(found.channels.map((one) => one.rail))
  return found.board?.steps[channel.rail] ?? Board.stepOf(channel.rail, labels) ?? 0
}

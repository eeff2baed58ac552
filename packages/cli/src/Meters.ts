/** The meter of a run: the best there is on the wall clock; a power model where waits are skipped or steps modelled. */
import { type EnergyMeter, modelled } from "@edgeol/core/EnergyMeter"
import * as HostMeter from "@edgeol/hw-jetson/HostMeter"
import * as Rails from "@edgeol/hw-jetson/Rails"
import * as Rapl from "@edgeol/hw-jetson/Rapl"
import * as PowerModel from "@edgeol/sim/PowerModel"
import type { Scope } from "effect"
import { Console, Effect } from "effect"
import { CliError } from "./CliError.ts"
import type { Header } from "./Tape.ts"
import type { World } from "./World.ts"

type Meter = EnergyMeter["Service"]
type Of = Pick<World, "clock" | "power" | "root">

/** Seconds of the ledger times the watts of the world's device. */
export const model = ({ power }: Of): Meter => modelled(power.name, PowerModel.energy(power))

/** Chooses for a new run; one that goes on keeps the meter it `had`, so that its joules are of one kind. */
export const choose = (world: Of, had?: Header["meter"]): Effect.Effect<Meter, CliError, Scope.Scope> => {
  if (world.clock !== "real" || had?.kind === "modelled") return Effect.succeed(model(world))
  const root = world.root ?? "/"
  const best = HostMeter.make({ root })
  if (had !== undefined) return again(best, had)
  return Effect.catch(best, (error) =>
    Effect.as(hasSensor(root) ? Console.error(`Energy is modelled. ${error.message}`) : Effect.void, model(world))
  )
}

/** Without any there is nothing to say; with one that cannot be read there is. */
const hasSensor = (root: string): boolean => {
  const { board, channels } = Rails.discover(root)
  return board !== undefined || channels.length > 0 || Rapl.discover(root).length > 0
}

const again = <R>(best: Effect.Effect<Meter, Error, R>, had: Header["meter"]): Effect.Effect<Meter, CliError, R> =>
  Effect.filterOrFail(
    Effect.mapError(best, ({ message }) => elsewhere(had, message)),
    ({ source }) => source === had.source,
    ({ source }) => elsewhere(had, `here is ${source}.`)
  )

const elsewhere = (had: Header["meter"], why: string) =>
  new CliError({ message: `This run was measured with ${had.source} and goes on with that only: ${why}` })

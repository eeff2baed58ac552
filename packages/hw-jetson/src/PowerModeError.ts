/** Why a power mode, a clock or the fan could not be read or set. */
import { Schema } from "effect"

export class PowerModeError extends Schema.TaggedError<PowerModeError>()("PowerModeError", {
  reason: Schema.Literals([
    "NoCommand",
    "NoConfig",
    "BadConfig",
    "UnknownMode",
    "NeedsReboot",
    "PermissionDenied",
    "NotSet",
    "NoState"
  ]),
  message: Schema.String
}) {}

export const because = (reason: PowerModeError["reason"], message: string): PowerModeError =>
  new PowerModeError({ reason, message })

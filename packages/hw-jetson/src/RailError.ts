/** Why a power rail cannot be read. */
import { Schema } from "effect"

export class RailError extends Schema.TaggedError<RailError>()("RailError", {
  reason: Schema.Literals(["NoSensor", "Denied", "Vanished", "NotANumber", "NoLabel", "NoTotal"]),
  file: Schema.String,
  message: Schema.String
}) {}

/** Turns an operating system's error code into a sentence with the file and what to do. */
export const fromCode = (code: string, file: string): RailError =>
  code === "EACCES" || code === "EPERM"
    ? new RailError({
        reason: "Denied",
        file,
        message: `${file} may not be read: run as root, or allow it to this user.`
      })
    : new RailError({
        reason: "Vanished",
        file,
        message: `${file} cannot be read (${code}): the sensor is gone; check the driver with dmesg and start again.`
      })

export const notANumber = (file: string, found: string): RailError =>
  new RailError({
    reason: "NotANumber",
    file,
    message: `${file} holds ${JSON.stringify(found.slice(0, 20))}, which is no plausible reading; the sample is left out.`
  })

/** Flags of the commands that speak to a device. */
import { Argument, Flag } from "effect/cli"

export const host = Argument.String("host").pipe(
  Argument.withDescription("user@host, or a name from your ssh configuration")
)

export const seconds = Flag.Int("seconds").pipe(
  Flag.filter(
    (value) => value >= 1,
    () => "Expected at least 1"
  ),
  Flag.withDescription("How long the release may take to answer before the one before it runs again"),
  Flag.withDefault(90)
)

/** The agent as a systemd service of the user: its unit, and the commands that start it and ask after it. */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { BundleError } from "../BundleError.ts"
import * as Places from "./Places.ts"

/**
 * Before each start, a release that was never judged steps back: its deployment was killed or lost its power, unless
 * somebody holds the lock and judges it now.
 */
export const unit = `[Unit]
Description=edgeol agent
After=network.target

[Service]
Type=notify
NotifyAccess=all
WorkingDirectory=%h/.local/share/edgeol
ExecStartPre=-/usr/bin/flock -n -o lock /bin/sh -c 'test ! -L pending || mv -T pending current'
ExecStart=/bin/sh -c 'cd "$$(readlink -f current)" && exec runtime/run app/agent.js --release app --state %h/.local/share/edgeol/state'
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
Restart=always
RestartSec=2
TimeoutStartSec=180
WatchdogSec=60

[Install]
WantedBy=default.target
`

const name = "edgeol.service"

/** Writes the unit and has it started at boot. Throws a `BundleError`. */
export const install = (home: string): void => {
  const path = join(home, ".config/systemd/user", name)
  if (existsSync(path) && readFileSync(path, "utf8") === unit) return
  Places.write(path, unit)
  systemctl("daemon-reload")
  systemctl("enable", name)
}

/** Has what `current` names started in place of what runs, without waiting: a lost connection must be noticed. */
export const restart = (): void => {
  systemctl("reset-failed", name)
  systemctl("restart", name, "--no-block")
}

/** Has what `current` names take over in the process that runs; starts it where none does. */
export const reload = (): void => void systemctl("reload-or-restart", name, "--no-block")

export const stop = (): void => void systemctl("stop", name)

export const isActive = (): boolean => systemctl("is-active", name).trim() === "active"

/** What systemctl prints. A unit that does not start is told by its health, not here. */
const systemctl = (...args: ReadonlyArray<string>): string => {
  const { error, stdout, stderr } = spawnSync("systemctl", ["--user", ...args], {
    encoding: "utf8",
    env: { XDG_RUNTIME_DIR: `/run/user/${process.getuid?.() ?? 0}`, ...process.env }
  })
  if (error !== undefined) {
    throw new BundleError({ message: `The device has no systemctl (${error.message}); edgeol needs systemd there.` })
  }
  if (/failed to connect to bus/i.test(stderr)) {
    throw new BundleError({
      message: "The device's systemd has no session for this user; run sudo loginctl enable-linger $USER there."
    })
  }
  return stdout
}

/**
 * A `systemctl --user` for a PATH of tests: what edgeol asks of it, from the unit file itself. A service is started in a
 * session of its own, by the unit's commands, with any port of the loopback, as several devices share it here; nobody
 * restarts it, waits for its readiness or watches it.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const stand = `#!/bin/sh
test "$1" = --user && shift
unit="$HOME/.config/systemd/user/$2"
pid="$HOME/.service.pid"
setting() { sed -n "s|^$1=-\\{0,1\\}||p" "$unit" | sed "s|%h|$HOME|g; s|edgeol/state|& --port 0|; s|[\\$][\\$]|\\$|g"; }
alive() { test -e "$pid" && kill -0 "-$(cat "$pid")" 2>/dev/null; }
stop() {
  alive && kill -TERM "-$(cat "$pid")" 2>/dev/null
  for i in $(seq 100); do alive || break; sleep 0.05; done
  alive && kill -KILL "-$(cat "$pid")" 2>/dev/null
  rm -f "$pid"
}
start() {
  cd "$(setting WorkingDirectory)" || exit 1
  eval "$(setting ExecStartPre)"
  setsid sh -c 'echo $$ > "$1"; eval "exec $2"' sh "$pid" "$(setting ExecStart)" </dev/null >>"$HOME/.service.log" 2>&1 &
  for i in $(seq 100); do test -s "$pid" && break; sleep 0.02; done
}
case "$1" in
  daemon-reload | enable | reset-failed) ;;
  start) alive || start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload-or-restart) if alive; then export MAINPID=$(cat "$pid"); eval "$(setting ExecReload)"; else start; fi ;;
  is-active) if alive; then echo active; else echo inactive; exit 3; fi ;;
  *) echo "systemctl stand-in: $*?" >&2; exit 1 ;;
esac
`

/** Writes it into a folder, which is made, and gives the folder. */
export const install = (folder: string): string => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "systemctl"), stand)
  chmodSync(join(folder, "systemctl"), 0o755)
  return folder
}

/** Stops the service of a home. */
export const stop = (home: string, bin: string): void => {
  execFileSync(join(bin, "systemctl"), ["--user", "stop", "edgeol.service"], { env: { ...process.env, HOME: home } })
}

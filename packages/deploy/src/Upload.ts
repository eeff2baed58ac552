/**
 * Sends files by their hash. A part that was cut off goes on where it stopped; under its final name a file or a folder
 * is always whole, as it gets that name only when its SHA-256 was found right on the device.
 */
import { createReadStream, statSync } from "node:fs"
import { Effect } from "effect"
import { DeployError } from "./DeployError.ts"
import type * as Probe from "./Probe.ts"
import * as Ssh from "./Ssh.ts"

export interface File {
  readonly path: string
  readonly sha256: string
}

/** Everything that changes a device holds its lock; status 75: somebody else does. */
const locked = (body: string) => `
root="$HOME/.local/share/edgeol"
mkdir -p "$root/incoming" "$root/tools" "$root/runtimes" "$root/keys" && cd "$root" || exit 1
exec 9> lock
flock -n 9 || exit 75
${body}
`

/** Runs a script under the lock, in the folder of edgeol. */
export const underLock = (host: Ssh.Host, body: string, args: ReadonlyArray<string>, options: Ssh.Options = {}) =>
  Effect.flatMap(Ssh.run(host, locked(body), args, options), (ended) =>
    ended.status === 75 ? Effect.fail(busy(host)) : Effect.succeed(ended)
  )

export const busy = ({ name }: Ssh.Host) =>
  new DeployError({ message: `Somebody else is deploying to ${name}; try again when that is done.` })

/** Goes on behind `$2` bytes, up to `$3`; status 76: there are others, 78: the connection was lost before the end. */
const append = `
part="incoming/$1.part"
test "$2" -gt 0 || : > "$part"
size() { wc -c < "$part" 2>/dev/null || echo 0; }
test "$(size)" -eq "$2" || exit 76
cat >> "$part"
test "$(size)" -eq "$3" || exit 78
`

/** Checks a part and gives it its name among the incoming. */
const finish = `
echo "$1  incoming/$1.part" | sha256sum -c --status || { rm -f "incoming/$1.part"; exit 77; }
sync "incoming/$1.part" && mv -T "incoming/$1.part" "incoming/$1"
`

/** Sends a file to `incoming/SHA256`, from the byte on that is missing there. */
export const file = Effect.fnUntraced(function* (host: Ssh.Host, { path, sha256 }: File, parts: Probe.Device["parts"]) {
  const total = statSync(path).size
  const there = parts.get(sha256) ?? 0
  const from = there > total ? 0 : there
  const input = createReadStream(path, { start: from })
  const { status } = yield* underLock(host, append + finish, [sha256, String(from), String(total)], { input })
  if (status !== 0) {
    return yield* new DeployError({
      message: `${path} did not arrive whole on ${host.name} (status ${status}); nothing was changed, deploy again.`
    })
  }
})

/** Makes the file that arrived a tool, a key, or another single file of the device. */
export const place = (host: Ssh.Host, sha256: string, to: string) =>
  checked(host, `mv -T "incoming/$1" "$2"`, [sha256, to])

const unpack = `
scratch="incoming/runtime-$2"
rm -rf "$scratch" && mkdir "$scratch" || exit 1
gzip -dc "incoming/$1" | tar -xf - -C "$scratch" --no-same-owner || exit 1
cd "$scratch" || exit 1
echo "$2  SHA256SUMS" | sha256sum -c --status || exit 77
sha256sum -c --strict --status SHA256SUMS || exit 77
test "$(find . -type f | wc -l)" -eq "$(($(wc -l < SHA256SUMS) + 1))" || exit 77
test -z "$(find . ! -type f ! -type d)" || exit 77
find . -exec sync {} + && cd ../.. && mv -T "$scratch" "runtimes/$2" && rm -f "incoming/$1"
`

/** Makes the archive that arrived the runtime of this hash: unpacked aside, each file checked, then renamed. */
export const runtime = (host: Ssh.Host, archive: string, hash: string) => checked(host, unpack, [archive, hash])

const checked = (host: Ssh.Host, body: string, args: ReadonlyArray<string>) =>
  Effect.flatMap(underLock(host, body, args), ({ status, err }) =>
    status === 0
      ? Effect.void
      : Effect.fail(
          new DeployError({
            message: `What was sent to ${host.name} could not be installed (${status === 77 ? "its SHA-256 is another one" : err.trim().split("\n").at(-1) || `status ${status}`}); what ran there runs on, deploy again.`
          })
        )
  )

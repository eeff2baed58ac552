/** What the agent of a device said last: its journal, or the file that it keeps where there is none. */
import { Effect } from "effect"
import type { DeployError } from "./DeployError.ts"
import * as Ssh from "./Ssh.ts"

const script = `
journal=$(journalctl --user -u edgeol.service -n "$1" -o short-iso --no-pager -q 2>/dev/null)
if test -n "$journal"; then echo "$journal"; else tail -n "$1" "$HOME/.local/share/edgeol/state/agent.log" 2>/dev/null; fi
exit 0
`

/** Its last lines, the oldest first. */
export const last = (host: Ssh.Host, lines: number): Effect.Effect<ReadonlyArray<string>, DeployError> =>
  Effect.map(Ssh.succeed(host, script, [String(lines)]), (printed) => printed.split("\n").filter((line) => line !== ""))

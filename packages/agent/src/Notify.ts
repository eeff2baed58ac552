/**
 * Tells systemd that the service is ready and alive (sd_notify(3)). Node has no datagrams on Unix sockets, and a
 * `systemd-notify` of its own for each sign of life is gone before systemd 245 (JetPack 5) has asked whose it was. So one
 * helper stays for as long as the agent: it sends each line it reads. It is perl, which is on every Debian and Ubuntu.
 */
import { spawn } from "node:child_process"
import type { Log } from "./Log.ts"

export interface Notify {
  readonly send: (message: string) => void
  /** Milliseconds between signs of life; undefined where nobody waits for them. */
  readonly every: number | undefined
  readonly close: () => void
}

const helper = `use Socket;
my ($to) = @ARGV;
$to =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
connect($socket, pack_sockaddr_un($to)) or die $!;
while (my $line = <STDIN>) { chomp $line; send($socket, $line, 0) }`

/** Does nothing where systemd did not start this process. */
export const open = (environment: NodeJS.ProcessEnv, log: Log): Notify => {
  const { NOTIFY_SOCKET: to, WATCHDOG_USEC: within } = environment
  if (to === undefined) return { send: () => {}, every: undefined, close: () => {} }
  const child = spawn("perl", ["-e", helper, to], { stdio: ["pipe", "ignore", "inherit"] })
  const fail = (error: Error) => log(`Nothing can be told to systemd: ${error.message}.`)
  child.once("error", fail)
  child.stdin.once("error", fail)
  child.unref()
  return {
    send: (message) => void child.stdin.write(`${message}\n`),
    // Twice as often as it must be, as the manual says.
    every: within === undefined ? undefined : Number(within) / 2000,
    close: () => child.stdin.end()
  }
}

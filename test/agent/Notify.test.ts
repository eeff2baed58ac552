import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Notify from "@edgeol/agent/Notify"
import { expect, onTestFinished, test } from "vitest"
import * as Toy from "./Toy.ts"

/** Prints each datagram that comes to a socket, as systemd would get it. */
const receiver = `use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0); bind($s, pack_sockaddr_un($ARGV[0])) or die $!; print "here\\n";
while (defined recv($s, my $m, 4096, 0)) { print "$m\\n" }`

test("systemd gets every message, from a helper that lives as long as the agent", async () => {
  const folder = Toy.folder()
  const path = join(folder, "notify")
  const systemd = spawn("perl", ["-e", receiver, path], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => {
    systemd.kill()
    Toy.remove(folder)
  })
  let got = ""
  systemd.stdout.on("data", (text: Buffer) => (got += text.toString()))
  await once(systemd.stdout, "data")
  const notify = Notify.open({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" }, (message) => expect(message).toBe(""))
  expect(notify.every).toBe(30_000)
  for (const message of ["READY=1", "WATCHDOG=1", "STATUS=Learns."]) notify.send(message)
  notify.close()
  await expect.poll(() => got).toBe("here\nREADY=1\nWATCHDOG=1\nSTATUS=Learns.\n")
})

test("is silent where nobody listens", () => {
  const notify = Notify.open({}, (message) => expect(message).toBe(""))
  expect(notify.every).toBeUndefined()
  notify.send("READY=1")
  notify.close()
})

/**
 * This computer as a device: a real OpenSSH server on the loopback whose sessions have a home of their own, and a
 * stand-in for systemd's user manager first in their PATH. Everything is in one temporary folder.
 */
import { execFileSync, spawn } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { connect } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Systemctl from "./Systemctl.ts"

/** A device that was made here. */
export interface Device {
  /** The device's name for ssh, under `EDGEOL_SSH`. */
  readonly host: string
  readonly ssh: string
  /** Home of the device's user. */
  readonly home: string
  /** Below it, what edgeol keeps. */
  readonly root: string
  /** The agent's socket, as this computer sees it. */
  readonly socket: string
  /** Ends the server and whatever the stand-in started. */
  readonly close: () => void
}

const sshd = "/usr/sbin/sshd"

/** What keeps it from being built here, in words. */
export const obstacle = (): string | undefined => {
  for (const [command, source] of [
    [sshd, "openssh-server"],
    ["ssh", "openssh-client"],
    ["flock", "util-linux"]
  ]) {
    try {
      execFileSync("sh", ["-c", `command -v ${command}`])
    } catch {
      return `there is no ${command} here (apt-get install ${source})`
    }
  }
  return undefined
}

/** With the folder of the stand-in for systemd, for what is started on it without ssh. */
export interface Loopback extends Device {
  readonly bin: string
}

export const open = async (): Promise<Loopback> => {
  const folder = mkdtempSync(join(tmpdir(), "el-"))
  const home = join(folder, "home")
  const bin = Systemctl.install(join(folder, "bin"))
  mkdirSync(home)
  for (const key of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, key)])
  const port = await freePort()
  const login = script(
    join(folder, "login"),
    `export HOME=${home} PATH=${bin}:$PATH\ncd\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`
  )
  writeFileSync(join(folder, "keys"), readFileSync(join(folder, "user.pub")))
  writeFileSync(join(folder, "sshd_config"), server(folder, port, login))
  writeFileSync(join(folder, "config"), client(folder, port, userInfo().username))
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true }) // where a server of root locks itself in
  const process_ = spawn(sshd, ["-D", "-e", "-f", join(folder, "sshd_config")], { stdio: "ignore" })
  await answers(port)
  return {
    host: "board",
    ssh: `ssh -F ${join(folder, "config")}`,
    home,
    bin,
    root: join(home, ".local/share/edgeol"),
    socket: join(home, ".local/share/edgeol/state/agent.sock"),
    close: () => {
      process_.kill()
      Systemctl.stop(home, bin)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    }
  }
}

const script = (path: string, body: string): string => {
  writeFileSync(path, `#!/bin/sh\n${body}`)
  chmodSync(path, 0o755)
  return path
}

const server = (folder: string, port: number, login: string) => `
ListenAddress 127.0.0.1
Port ${port}
HostKey ${join(folder, "host")}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile ${join(folder, "keys")}
PermitRootLogin yes
MaxStartups 100
ForceCommand ${login}
`

/** The user's configuration for the host `board`, with the key in a folder. */
export const client = (folder: string, port: number, user: string) => `
Host board
  HostName 127.0.0.1
  Port ${port}
  User ${user}
  IdentityFile ${join(folder, "user")}
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
`

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** Waits until somebody listens. */
export const answers = async (port: number, seconds = 20): Promise<void> => {
  for (const until = performance.now() + seconds * 1000; ;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true))).once("error", () =>
        resolve(false)
      )
    })
    if (isOpen) return
    if (performance.now() > until) throw new Error(`nobody listens on port ${port}`)
    await new Promise((resume) => setTimeout(resume, 50))
  }
}

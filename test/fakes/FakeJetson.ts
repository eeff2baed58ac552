/**
 * A Jetson without one: the root file system of Debian 11 for arm64 (the C library of JetPack 5), run by qemu in
 * namespaces of its own, with dropbear as its ssh server, a user `nvidia`, and files in place of the power sensors.
 *
 * Nothing is registered on the host: since Linux 6.7 a user namespace has a binfmt_misc of its own. That needs root, who
 * alone may map all users. The file system is downloaded once, to `jetson-bullseye` in edgeol's cache.
 */
import { execFileSync, spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { release, tmpdir } from "node:os"
import { join } from "node:path"
import * as Cache from "@edgeol/backends/tensorflow/Cache"
import * as JetsonTree from "./JetsonTree.ts"
import type { Device } from "./Loopback.ts"
import * as Loopback from "./Loopback.ts"
import * as Systemctl from "./Systemctl.ts"

const qemu = "/usr/bin/qemu-aarch64-static"

/** What keeps it from being made here, in words. */
export const obstacle = (): string | undefined => {
  if (process.platform !== "linux") return "it needs Linux"
  if (process.getuid?.() !== 0) return "only root may map the users of a namespace"
  const [major = 0, minor = 0] = release().split(".").map(Number)
  if (major < 6 || (major === 6 && minor < 7)) return `Linux ${release()} has one binfmt_misc for all; it needs 6.7`
  for (const [command, source] of [
    [qemu, "qemu-user-static"],
    ["aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu"],
    ["debootstrap", "debootstrap"],
    ["nsenter", "util-linux"],
    ["ssh", "openssh-client"]
  ] as const) {
    if (!has(command)) return `there is no ${command} here (apt-get install ${source})`
  }
  return undefined
}

const has = (command: string): boolean => {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Makes the device and waits until its ssh server answers. */
export const open = async (): Promise<Device> => {
  const folder = mkdtempSync(join(tmpdir(), "fj-"))
  const root = join(folder, "root")
  execFileSync("cp", ["-a", fileSystem(), root])
  const tree = JetsonTree.build("orin-nano", "hwmon", 6)
  sensors(tree.root, root)
  const draws = setInterval(() => draw(tree), 100).unref()
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "user")])
  const home = user(root, readFileSync(join(folder, "user.pub"), "utf8"))
  const port = await Loopback.freePort()
  const [holder, init] = await boot(root, port)
  await Loopback.answers(port, 60)
  writeFileSync(join(folder, "config"), Loopback.client(folder, port, "nvidia"))
  return {
    host: "board",
    ssh: `ssh -F ${join(folder, "config")}`,
    home,
    root: join(home, ".local/share/edgeol"),
    socket: join(home, ".local/share/edgeol/state/agent.sock"),
    close: () => {
      clearInterval(draws)
      init.kill("SIGKILL")
      holder.kill("SIGKILL")
      tree.remove()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    }
  }
}

/** The root file system in the cache: packages unpacked, none of their scripts run. */
const fileSystem = (): string => {
  const kept = join(Cache.folder(), "jetson-bullseye")
  if (existsSync(kept)) return kept
  mkdirSync(Cache.folder(), { recursive: true })
  const scratch = mkdtempSync(join(Cache.folder(), "jetson-"))
  const packages = "--include=dropbear-bin,libstdc++6"
  execFileSync("debootstrap", ["--foreign", "--arch=arm64", "--variant=minbase", packages, "bullseye", scratch], {
    stdio: "ignore"
  })
  const archives = join(scratch, "var/cache/apt/archives")
  for (const name of readdirSync(archives)) {
    if (name.endsWith(".deb")) execFileSync("dpkg-deb", ["-x", join(archives, name), scratch])
  }
  rmSync(archives, { recursive: true })
  rmSync(join(scratch, "debootstrap"), { recursive: true })
  execFileSync("ln", ["-sf", "mawk", join(scratch, "usr/bin/awk")])
  writeFileSync(join(scratch, "etc/passwd"), accounts)
  writeFileSync(join(scratch, "etc/group"), "root:x:0:\nnvidia:x:1000:\nnogroup:x:65534:\n")
  writeFileSync(join(scratch, "etc/shells"), "/bin/sh\n/bin/bash\n")
  renameSync(scratch, kept)
  execFileSync("chmod", ["755", kept])
  return kept
}

const accounts = `root:x:0:0:root:/root:/bin/sh
nvidia:x:1000:1000:nvidia:/home/nvidia:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`

/** Readings that never change are those of a sensor that stopped. */
const draw = (tree: JetsonTree.Tree): void =>
  tree.set({ VDD_IN: 6 + Math.random(), VDD_CPU_GPU_CV: 2 + Math.random(), VDD_SOC: 1 + Math.random() })

/** The tree's files in place of the kernel's, less its links, which are absolute; the tree sets these from now on. */
const sensors = (from: string, root: string): void => {
  for (const part of ["sys", "etc", "var"]) {
    cpSync(join(from, part), join(root, part), { recursive: true, filter: (path) => !isLink(path) })
  }
  rmSync(join(from, "sys"), { recursive: true })
  symlinkSync(join(root, "sys"), join(from, "sys"))
}

const isLink = (path: string): boolean => {
  try {
    return readlinkSync(path) !== ""
  } catch {
    return false
  }
}

/** A home that the key opens, and the stand-in for systemd. */
const user = (root: string, key: string): string => {
  const home = join(root, "home/nvidia")
  mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 })
  writeFileSync(join(home, ".ssh/authorized_keys"), key, { mode: 0o600 })
  execFileSync("chown", ["-R", "1000:1000", home])
  Systemctl.install(join(root, "usr/local/bin"))
  rmSync(join(root, "usr/bin/systemctl"), { force: true })
  symlinkSync("/usr/local/bin/systemctl", join(root, "usr/bin/systemctl"))
  return home
}

/** Runs as the first process of the namespaces: registers qemu for this device alone, and serves. */
const init = `
set -e
mount -t proc proc /proc
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf '%s' "$3" > /proc/sys/fs/binfmt_misc/register
mount -t proc proc "$1/proc"
for node in null zero random urandom; do mount --bind "/dev/$node" "$1/dev/$node"; done
hostname jetson
chroot "$1" /usr/bin/dropbearkey -t ed25519 -f /etc/host.key > /dev/null 2>&1
exec chroot "$1" /usr/sbin/dropbear -F -E -s -r /etc/host.key -p "127.0.0.1:$2"
`

/** Every 64-bit ARM program goes to qemu, which is opened at once (F), as it is not in the device's root. */
const register =
  ":qemu-aarch64:M::" +
  String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
  String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:` +
  `${qemu}:OCF`

const boot = async (root: string, port: number): Promise<readonly [ChildProcess, ChildProcess]> => {
  const holder = spawn("unshare", ["--user", "cat"], { stdio: ["pipe", "ignore", "ignore"] })
  const own = readlinkSync("/proc/self/ns/user")
  while (readlinkSync(`/proc/${holder.pid}/ns/user`) === own) await new Promise((go) => setTimeout(go, 10))
  for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${holder.pid}/${map}`, "0 0 65536\n")
  const inside = ["--target", `${holder.pid}`, "--user", "--setuid", "0", "--setgid", "0"]
  const apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc"]
  const args = [...inside, ...apart, "sh", "-c", init, "init", root, `${port}`, register]
  return [holder, spawn("nsenter", args, { stdio: "ignore" })]
}

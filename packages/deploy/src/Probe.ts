/** What a device is and has, asked in one go before anything is sent. */
import { Effect } from "effect"
import type { DeployError } from "./DeployError.ts"
import type { Target } from "./Manifest.ts"
import * as Ssh from "./Ssh.ts"

export interface Device {
  readonly target: string
  /** Of the C library, `2.31`; empty where it is another one. */
  readonly glibc: string
  /** Bytes that the user may still write. */
  readonly free: number
  /** The board's name, or the machine's. */
  readonly model: string
  /** Power sensors that edgeol reads. */
  readonly sensors: ReadonlyArray<string>
  /** Whether services of the user also run while nobody is logged in. */
  readonly lingers: boolean
  /** Commands of the system that are needed and missing. */
  readonly missing: ReadonlyArray<string>
  /** Names of what is installed. */
  readonly runtimes: ReadonlyArray<string>
  readonly tools: ReadonlyArray<string>
  readonly keys: ReadonlyArray<string>
  readonly current: string
  /** Bytes of what is on its way, by SHA-256. */
  readonly parts: ReadonlyMap<string, number>
}

/** Prints `name=value` lines; a name may come several times. */
const script = `
root="$HOME/.local/share/edgeol"
mkdir -p "$root" || exit 1
echo "machine=$(uname -s)-$(uname -m)"
echo "glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"
echo "free=$(df -Pk "$root" | awk 'NR==2 {print $4}')"
model=$(tr -d '\\0' < /proc/device-tree/model 2>/dev/null || head -n 1 /etc/nv_tegra_release 2>/dev/null || uname -n)
echo "model=$model"
for sensor in /sys/bus/i2c/drivers/ina3221*/*-* /sys/bus/i2c/drivers/ina238/*-*; do
  test -d "$sensor" && echo "sensor=$sensor"
done
echo "linger=$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)"
for name in flock gzip mv readlink sha256sum systemctl tail tar xargs; do
  command -v "$name" >/dev/null || echo "missing=$name"
done
for kind in runtimes tools keys; do
  for path in "$root/$kind"/*; do test -e "$path" && echo "$kind=$(basename "$path")"; done
done
for path in "$root"/incoming/*.part; do
  test -e "$path" && echo "part=$(basename "$path" .part) $(wc -c < "$path")"
done
echo "current=$(readlink "$root/current" 2>/dev/null)"
`

const machines: { readonly [name: string]: string } = { "Linux-aarch64": "linux-arm64", "Linux-x86_64": "linux-x64" }

export const device = (host: Ssh.Host): Effect.Effect<Device, DeployError> =>
  Effect.map(Ssh.succeed(host, script), parse)

/** What the script printed. */
export const parse = (printed: string): Device => {
  const all = (name: string) =>
    printed.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1).trim()] : []))
  const one = (name: string) => all(name).at(-1) ?? ""
  return {
    target: machines[one("machine")] ?? one("machine"),
    glibc: one("glibc").replace(/^glibc /, ""),
    free: Number(one("free")) * 1024,
    model: one("model"),
    sensors: all("sensor"),
    lingers: one("linger") === "yes",
    missing: all("missing"),
    runtimes: all("runtimes"),
    tools: all("tools"),
    keys: all("keys"),
    current: one("current").replace("releases/", ""),
    parts: new Map(all("part").map((line) => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])]))
  }
}

/** Node 24's need; TensorFlow's is 2.27. */
const oldest = 28

/** What keeps a release of so many bytes from a device, in a sentence; undefined where nothing does. */
export const obstacle = (name: string, device: Device, target: Target, bytes: number): string | undefined => {
  if (device.target !== target) {
    return `The bundle is for ${target} and ${name} is ${device.target}; bundle with --target ${device.target}.`
  }
  const [major, minor] = device.glibc.split(".").map(Number)
  if (major !== 2 || !(minor! >= oldest)) {
    return `${name} has glibc ${device.glibc || "of another kind"} and Node needs 2.${oldest}; use JetPack 5 or later (Ubuntu 20.04).`
  }
  if (device.missing.length > 0) return `${name} lacks ${device.missing.join(", ")}; install what has these commands.`
  if (!(device.free >= bytes)) {
    return `${name} has ${megabytes(device.free)} free and ${megabytes(bytes)} are needed; make room there.`
  }
  return undefined
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`

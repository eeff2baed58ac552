/** A real, small wheel that pip accepts, and the settings that let the set-up run without a network. */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Wheel } from "@edgeol/backends/tensorflow/Wheel"
import { Effect } from "effect"

/** Members that are unpacked, the others being there to be left alone. */
export const needed = [
  "include/tensorflow/c/c_api.h",
  "include/tensorflow/c/eager/c_api.h",
  "include/tsl/platform/ctstring.h",
  "libtensorflow_cc.so.2",
  "libtensorflow_framework.so.2"
]

const script = `
import sys, zipfile
path, megabytes = sys.argv[1], int(sys.argv[2])
info = "edgeol_fixture-1.0.dist-info/"
members = {
  "tensorflow/libtensorflow_framework.so.2": b"framework",
  "tensorflow/libtensorflow_cc.so.2": b"library " * (megabytes << 17),
  "tensorflow/include/tensorflow/c/c_api.h": b"\\n",
  "tensorflow/include/tensorflow/c/eager/c_api.h": b"#error this TensorFlow is a fixture\\n",
  "tensorflow/include/tsl/platform/ctstring.h": b"\\n",
  "tensorflow/include/absl/base.h": b"\\n",
  "tensorflow/python/ops.py": b"\\n",
  info + "METADATA": b"Metadata-Version: 2.1\\nName: edgeol-fixture\\nVersion: 1.0\\n",
  info + "WHEEL": b"Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp311-cp311-manylinux_2_27_x86_64\\n",
  info + "RECORD": b""
}
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
  for name, data in members.items(): archive.writestr(name, data)
`

/** Builds the wheel in `folder`, its library of about `megabytes`. */
export const build = (folder: string, megabytes = 1): Wheel => {
  const file = "edgeol_fixture-1.0-cp311-cp311-manylinux_2_27_x86_64.whl"
  const path = join(folder, file)
  execFileSync("python3", ["-c", script, path, `${megabytes}`])
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex")
  const names = { project: "edgeol-fixture", version: "1.0", python: "311", platform: "manylinux_2_27_x86_64" }
  return { ...names, file, sha256, bytes: statSync(path).size, unpackedBytes: megabytes << 20 }
}

/** Makes pip look at a folder and nowhere else. */
export const index = (folder: string) => ({ PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder })

/** A temporary folder for one test. */
export const folder = async <A>(use: (path: string) => Promise<A>): Promise<A> => {
  const path = mkdtempSync(join(tmpdir(), "edgeol-test-"))
  try {
    return await use(path)
  } finally {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Runs an effect under other environment variables; undefined unsets one. */
export const under = async <A, E>(env: Record<string, string | undefined>, effect: Effect.Effect<A, E>): Promise<A> => {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]))
  assign(env)
  try {
    return await Effect.runPromise(effect)
  } finally {
    assign(before)
  }
}

const assign = (env: Record<string, string | undefined>): void => {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

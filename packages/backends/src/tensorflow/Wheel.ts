/** The Python wheel that TensorFlow's shared libraries are taken from, pinned per architecture. */

export interface Wheel {
  /** Name on the package index. */
  readonly project: string
  readonly version: string
  /** Python and platform tags, as pip's --python-version and --platform take them. */
  readonly python: string
  readonly platform: string
  readonly file: string
  readonly sha256: string
  /** Bytes of the wheel, and of the members that are unpacked. */
  readonly bytes: number
  readonly unpackedBytes: number
}

/** Members that tfjs-node's addon needs: two libraries, and the C API's headers with all that they include (`g++ -M`). */
export const members = [
  "tensorflow/libtensorflow_cc.so.2",
  "tensorflow/libtensorflow_framework.so.2",
  "tensorflow/include/tensorflow/c/",
  "tensorflow/include/tensorflow/core/platform/ctstring",
  "tensorflow/include/tsl/platform/ctstring",
  "tensorflow/include/xla/tsl/c/"
] as const

const x64: Wheel = {
  project: "tensorflow-cpu",
  version: "2.21.0",
  python: "311",
  platform: "manylinux_2_27_x86_64",
  file: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  bytes: 273_829_956,
  unpackedBytes: 855_000_000
}

const arm64: Wheel = {
  project: "tensorflow",
  version: "2.21.0",
  python: "311",
  platform: "manylinux_2_27_aarch64",
  file: "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl",
  sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
  bytes: 283_000_000,
  unpackedBytes: 885_000_000
}

/** The wheel for a machine as Node names it; undefined where none is pinned. */
export const forMachine = (platform: string, arch: string): Wheel | undefined =>
  platform === "linux" ? { x64, arm64 }[arch] : undefined

/** Name of the cache folder that its members are unpacked into: two wheels never share one. */
export const folder = (wheel: Wheel): string =>
  `${wheel.project}-${wheel.version}-${wheel.platform}-${wheel.sha256.slice(0, 12)}`

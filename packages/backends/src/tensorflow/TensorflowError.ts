/** What can go wrong between a bare machine and a training TensorFlow; each message says what to do. */
import { Schema } from "effect"

const Reason = Schema.Literals([
  "UnsupportedPlatform",
  "NoPython",
  "NoPip",
  "Download",
  "WrongHash",
  "Unpack",
  "NoSpace",
  "Unwritable",
  "IncompleteTensorflow",
  "NoCompiler",
  "CompileFailed",
  "LoadFailed",
  "ThreadsFixed"
])

export class TensorflowError extends Schema.TaggedError<TensorflowError>()("TensorflowError", {
  reason: Reason,
  message: Schema.String
}) {}

export const make = (reason: typeof Reason.Type, message: string): TensorflowError =>
  new TensorflowError({ reason, message })

const existing = "set EDGEOL_TENSORFLOW to a folder that holds a TensorFlow (libtensorflow_cc.so.2 and include/)"

export const unsupportedPlatform = (platform: string) =>
  make(
    "UnsupportedPlatform",
    `There is no pinned TensorFlow for ${platform}, only for Linux on x64 and arm64: ${existing}.`
  )

export const noPython = () =>
  make(
    "NoPython",
    `Python 3 is needed to fetch TensorFlow and python3 was not found: install it (apt-get install python3 python3-pip), or ${existing}.`
  )

export const noPip = () =>
  make(
    "NoPip",
    `pip is needed to fetch TensorFlow and python3 has none: install it (apt-get install python3-pip), or ${existing}.`
  )

export const download = (file: string, detail: string) =>
  make(
    "Download",
    `pip could not download ${file} (${detail}): check the network and pip's index and proxy settings, or ${existing}.`
  )

export const wrongHash = (file: string, expected: string, found: string) =>
  make(
    "WrongHash",
    `${file} has SHA-256 ${found} and not the pinned ${expected}, so it was deleted: check the package index that pip uses and try again.`
  )

export const unpack = (file: string, detail: string) =>
  make("Unpack", `${file} could not be unpacked (${detail}): try again, or ${existing}.`)

export const noSpace = (folder: string, needed: number, free: number) =>
  make(
    "NoSpace",
    `TensorFlow needs ${gigabytes(needed)} in ${folder} and ${gigabytes(free)} are free: make room, or name another folder in EDGEOL_CACHE.`
  )

export const diskFull = (folder: string) =>
  make("NoSpace", `The disk ran full while ${folder} was written: make room, or name another folder in EDGEOL_CACHE.`)

export const unwritable = (path: string, detail: string) =>
  make(
    "Unwritable",
    `${path} cannot be written (${detail}): give yourself the right to write there, or name another cache folder in EDGEOL_CACHE.`
  )

export const incomplete = (folder: string, missing: ReadonlyArray<string>) =>
  make(
    "IncompleteTensorflow",
    `EDGEOL_TENSORFLOW is ${folder}, which lacks ${missing.join(", ")}: name the folder of the unpacked tensorflow Python package, or unset it to let EdgeOL fetch one.`
  )

export const noCompiler = (compiler: string) =>
  make(
    "NoCompiler",
    `${compiler} is needed to build tfjs-node's addon and was not found: install it (apt-get install g++), or name another C++ compiler in CXX.`
  )

export const compileFailed = (compiler: string, detail: string) =>
  make(
    "CompileFailed",
    `${compiler} could not build tfjs-node's addon (${detail}): it takes a C++17 compiler such as g++ 9 or later (another one can be named in CXX) and undamaged libraries; edgeol doctor shows both.`
  )

export const loadFailed = (detail: string) =>
  make(
    "LoadFailed",
    `TensorFlow was built but does not run (${detail}): \`edgeol doctor\` shows which library and addon are in use.`
  )

export const threadsFixed = (running: number, asked: number) =>
  make(
    "ThreadsFixed",
    `TensorFlow already runs with ${running} threads in this process and cannot change to ${asked}: start another process.`
  )

/** A failed write, by its errno, as one of ours. */
export const ofWrite = (path: string, cause: unknown): TensorflowError => {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === "ENOSPC" || code === "EDQUOT" ? diskFull(path) : unwritable(path, code ?? message)
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

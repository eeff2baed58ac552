/** Reads a tfjs LayersModel: `model.json`, with the topology as Keras writes it, and the shards of weights beside it. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Schema from "effect/Schema"
import type * as Weights from "./Weights.ts"

const Whole = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

const Entry = Schema.Struct({
  name: Schema.String,
  shape: Schema.Array(Whole),
  dtype: Schema.String,
  quantization: Schema.optionalKey(
    Schema.Struct({
      dtype: Schema.String,
      min: Schema.optionalKey(Schema.Finite),
      scale: Schema.optionalKey(Schema.Finite)
    })
  )
})
type Entry = typeof Entry.Type

const Config = Schema.Record(Schema.String, Schema.Unknown)

/** One layer as Keras describes it; the links of functional models are `[[[layer, node, tensor, …], …], …]`. */
const Written = Schema.Struct({
  class_name: Schema.String,
  name: Schema.optionalKey(Schema.String),
  config: Config,
  inbound_nodes: Schema.optionalKey(Schema.Unknown)
})

const Functional = Schema.Struct({
  layers: Schema.Array(Written),
  input_layers: Schema.optionalKey(Schema.Unknown),
  output_layers: Schema.optionalKey(Schema.Unknown)
})

const Model = Schema.Struct({
  class_name: Schema.String,
  config: Schema.Union([Schema.Array(Written), Functional])
})

const File = Schema.Struct({
  format: Schema.optionalKey(Schema.NullOr(Schema.String)),
  modelTopology: Schema.Unknown,
  weightsManifest: Schema.Array(Schema.Struct({ paths: Schema.Array(Schema.String), weights: Schema.Array(Entry) }))
})

/** A layer and the layers that it reads. */
export interface Node {
  readonly name: string
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: ReadonlyArray<string>
}

export interface LayersFile {
  readonly path: string
  /** In the order in which the file lists them. */
  readonly nodes: ReadonlyArray<Node>
  /** Name of the layer whose output is the model's. */
  readonly output: string
  /** Tells topologies apart. */
  readonly digest: string
  readonly manifest: (typeof File.Type)["weightsManifest"]
}

/** Throws an `Error` of one sentence. */
export const read = (path: string): LayersFile => {
  const file = decoded(path, File, json(path))
  if (file.format === "graph-model")
    throw problem(path, "is a tfjs graph model; convert the Keras model to a tfjs_layers_model")
  const topology = file.modelTopology as { readonly model_config?: unknown } | null
  const model = decoded(path, Model, topology?.model_config ?? topology)
  const digest = createHash("sha256").update(JSON.stringify(model)).digest("hex").slice(0, 16)
  return { path, digest, manifest: file.weightsManifest, ...linked(path, model) }
}

const json = (path: string): unknown => {
  const text = open(path).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    throw problem(path, `is not JSON (${reason(error)}); save the model again`)
  }
}

const open = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw problem(
      path,
      `cannot be read (${reason(error)}); name a model.json, absolute or under the folder given with --data`
    )
  }
}

const decoded = <S extends Schema.Decoder<unknown>>(path: string, schema: S, value: unknown): S["Type"] => {
  try {
    return Schema.decodeUnknownSync(schema)(value)
  } catch (error) {
    throw problem(path, `is not a tfjs LayersModel (${reason(error)}); save one with model.save`)
  }
}

const reason = (error: unknown) =>
  error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 160) : String(error)

/** What is wrong with a file, in one sentence. */
export const problem = (path: string, what: string) => new Error(`the model ${path} ${what}`)

const linked = (path: string, { class_name: kind, config }: typeof Model.Type) => {
  const layers = "layers" in config ? config.layers : config
  if (layers.length === 0) throw problem(path, "has no layers; save one that has")
  if (kind === "Sequential") return inTurn(layers)
  if (kind !== "Functional" && kind !== "Model") {
    throw problem(path, `is a ${kind}; supported are Sequential and Functional models`)
  }
  if (!("layers" in config)) throw problem(path, "is a Functional model without links; save it again")
  const [inputs, outputs] = [links(config.input_layers), links(config.output_layers)]
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw problem(
      path,
      `has ${inputs.length} inputs and ${outputs.length} outputs; supported are models with one of each`
    )
  }
  return { nodes: layers.map((layer) => functional(path, layer)), output: outputs[0]! }
}

const nameOf = ({ name, config }: typeof Written.Type) => name ?? String(config.name)

const inTurn = (layers: ReadonlyArray<typeof Written.Type>) => {
  const nodes = layers.map((layer, i): Node => {
    const before = layers[i - 1]
    return { name: nameOf(layer), kind: layer.class_name, config: layer.config, inputs: before ? [nameOf(before)] : [] }
  })
  return { nodes, output: nodes.at(-1)!.name }
}

/** The layers that links name: `["dense", 0, 0]` or a list of such. */
const links = (value: unknown): ReadonlyArray<string> => {
  if (!Array.isArray(value)) return []
  return typeof value[0] === "string" ? [value[0]] : value.flatMap(links)
}

const functional = (path: string, layer: typeof Written.Type): Node => {
  const nodes = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : []
  const name = nameOf(layer)
  if (nodes.length > 1)
    throw problem(path, `uses its layer "${name}" ${nodes.length} times; supported are layers that are used once`)
  return { name, kind: layer.class_name, config: layer.config, inputs: links(nodes[0]) }
}

/** The weights by name, `layer/part`, floats. Throws an `Error` of one sentence. */
export const weights = ({ path, manifest }: LayersFile): ReadonlyMap<string, Weights.Values> =>
  new Map(manifest.flatMap(({ paths, weights: entries }) => group(path, paths, entries)))

const group = (path: string, paths: ReadonlyArray<string>, entries: ReadonlyArray<Entry>) => {
  const bytes = Buffer.concat(paths.map((shard) => open(join(dirname(path), shard))))
  let at = 0
  const values = entries.map((entry) => {
    const length = size(entry) * (widths[entry.quantization?.dtype ?? entry.dtype] ?? 0)
    at += length
    return [entry.name.replace(/:0$/, ""), numbers(path, entry, bytes.subarray(at - length, at))] as const
  })
  if (at !== bytes.length) {
    throw problem(
      path,
      `names ${at} bytes of weights, and ${paths.join(", ")} hold ${bytes.length}; copy all its files again`
    )
  }
  return values
}

const size = ({ shape }: Entry) => shape.reduce((product, length) => product * length, 1)

const widths: Readonly<Record<string, number>> = { float32: 4, uint8: 1, uint16: 2 }

/** Quantised weights are `min + scale · code`. */
const numbers = (path: string, { name, shape, dtype, quantization }: Entry, bytes: Buffer): Weights.Values => {
  const kind = quantization?.dtype ?? dtype
  if (dtype !== "float32" || widths[kind] === undefined) {
    throw problem(
      path,
      `has the weight ${name} as ${kind}; supported are float32, and uint8 or uint16 that stand for it`
    )
  }
  const own = new Uint8Array(bytes).buffer
  if (quantization === undefined) return { shape, values: new Float32Array(own) }
  const { min = 0, scale = 1 } = quantization
  return {
    shape,
    values: Float32Array.from(
      kind === "uint8" ? new Uint8Array(own) : new Uint16Array(own),
      (code) => min + scale * code
    )
  }
}

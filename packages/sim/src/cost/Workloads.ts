/**
 * What a training minibatch of the measured workloads asks of a board: multiply-adds and bytes moved, counted over their
 * published architectures as `layers/Work` counts a network's; kernels read their inputs and write their outputs, 4 bytes
 * each, and gradients by input and by weights cost as much as the forward pass.
 */

export interface Work {
  /** Forward, one sample. */
  readonly macs: number
  /** Forward and backward, one minibatch. */
  readonly bytes: number
  readonly batch: number
}

interface Op {
  readonly macs: number
  /** Numbers read and written for one sample. */
  readonly moved: number
  /** Forward, by input, by weights: three for what has weights or multiplies two activations, two for others. */
  readonly passes: 2 | 3
}

type Shape = readonly [channels: number, side: number]

const size = ([channels, side]: Shape) => channels * side * side

const plain = (shape: Shape): Op => ({ macs: 0, moved: 2 * size(shape), passes: 2 })

/** A convolution, and its batch norm. */
const conv = (from: Shape, to: Shape, kernel: number, groups = 1): ReadonlyArray<Op> => [
  { macs: (size(to) * kernel * kernel * from[0]) / groups, moved: size(from) + size(to), passes: 3 },
  plain(to)
]

const dense = (inputs: number, outputs: number, times = 1): Op => ({
  macs: inputs * outputs * times,
  moved: (inputs + outputs) * times,
  passes: 3
})

const total = (ops: ReadonlyArray<Op>, batch = 16): Work => ({
  macs: ops.reduce((sum, { macs }) => sum + macs, 0),
  bytes: 4 * batch * ops.reduce((sum, { moved, passes }) => sum + moved * passes, 0),
  batch
})

/** He et al. 2016, table 1, at 224 by 224. */
const resnet18 = (): ReadonlyArray<Op> => {
  const stage = (from: Shape, to: Shape): ReadonlyArray<Op> => [
    ...block(from, to),
    ...(from[0] === to[0] ? [] : conv(from, to, 1)),
    ...block(to, to)
  ]
  const block = (from: Shape, to: Shape) => [
    ...conv(from, to, 3),
    plain(to),
    ...conv(to, to, 3),
    { ...plain(to), moved: 3 * size(to) },
    plain(to)
  ]
  return [
    ...conv([3, 224], [64, 112], 7),
    plain([64, 112]),
    plain([64, 84]),
    ...stage([64, 56], [64, 56]),
    ...stage([64, 56], [128, 28]),
    ...stage([128, 28], [256, 14]),
    ...stage([256, 14], [512, 7]),
    dense(512, 1000)
  ]
}

/** Howard et al. 2019, table 1: kernel, expansion, channels, squeezed or not, stride. */
const bottlenecks = [
  [3, 16, 16, 0, 1],
  [3, 64, 24, 0, 2],
  [3, 72, 24, 0, 1],
  [5, 72, 40, 1, 2],
  [5, 120, 40, 1, 1],
  [5, 120, 40, 1, 1],
  [3, 240, 80, 0, 2],
  [3, 200, 80, 0, 1],
  [3, 184, 80, 0, 1],
  [3, 184, 80, 0, 1],
  [3, 480, 112, 1, 1],
  [3, 672, 112, 1, 1],
  [5, 672, 160, 1, 2],
  [5, 960, 160, 1, 1],
  [5, 960, 160, 1, 1]
] as const

/** At 224 by 224, 203 classes. */
const mobilenetV3 = (): ReadonlyArray<Op> => {
  const ops = [...conv([3, 224], [16, 112], 3), plain([16, 112])]
  let at: Shape = [16, 112]
  for (const [kernel, expansion, channels, squeezed, stride] of bottlenecks) {
    const [wide, narrow]: [Shape, Shape] = [
      [expansion, at[1]],
      [expansion, at[1] / stride]
    ]
    const to: Shape = [channels, at[1] / stride]
    if (expansion !== at[0]) ops.push(...conv(at, wide, 1), plain(wide))
    ops.push(...conv(wide, narrow, kernel, expansion), plain(narrow))
    if (squeezed === 1)
      ops.push(plain(narrow), dense(expansion, expansion / 4), dense(expansion / 4, expansion), plain(narrow))
    ops.push(...conv(narrow, to, 1))
    if (stride === 1 && at[0] === channels) ops.push({ ...plain(to), moved: 3 * size(to) })
    at = to
  }
  return [...ops, ...conv(at, [960, 7], 1), plain([960, 7]), plain([960, 7]), dense(960, 1280), dense(1280, 203)]
}

/** Devlin et al. 2019: 12 layers of 768, 12 heads, sequences of 512. */
const bert = (): ReadonlyArray<Op> => {
  const [words, wide, heads] = [512, 768, 12]
  const scores = heads * words * words
  const onWords = (numbers: number, moved = 2): Op => ({ macs: 0, moved: moved * numbers, passes: 2 })
  const attention: Op = { macs: words * words * wide, moved: scores + 2 * words * wide, passes: 3 }
  const layer = [
    ...[1, 2, 3, 4].map(() => dense(wide, wide, words)),
    attention,
    attention,
    onWords(scores),
    onWords(scores),
    onWords(scores),
    dense(wide, 4 * wide, words),
    dense(4 * wide, wide, words),
    onWords(4 * wide * words),
    ...[1, 2].flatMap(() => [onWords(wide * words), onWords(wide * words, 3), onWords(wide * words)])
  ]
  return Array.from({ length: 12 }, () => layer).flat()
}

/** LeCun et al. 1998, on 28 by 28: bound by its kernel calls on every board. */
const lenet = (): ReadonlyArray<Op> => [
  ...conv([1, 28], [6, 28], 5),
  plain([6, 28]),
  ...conv([6, 14], [16, 10], 5),
  plain([16, 10]),
  dense(400, 120),
  dense(120, 84),
  dense(84, 10)
]

export const all: Readonly<Record<string, Work>> = {
  "resnet-18": total(resnet18()),
  "mobilenet-v3": total(mobilenetV3()),
  "bert-base": total(bert()),
  "lenet-5": total(lenet())
}

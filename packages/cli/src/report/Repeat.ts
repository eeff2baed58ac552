/** Command lines that make recorded runs again. */
import type { Header, Tape } from "../Tape.ts"

/** One comparison where the seeds are those that a comparison draws, 1 to n; else a run for each. */
export const commands = (tapes: ReadonlyArray<Tape>): string => {
  const headers = tapes.map(({ header }) => header)
  const [first] = headers
  if (first === undefined) return ""
  const policies = [...new Set(headers.map(({ policy }) => policy.name))]
  const seeds = [...new Set(headers.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  const paired = seeds.every((seed, i) => seed === i + 1) && headers.length === policies.length * seeds.length
  return paired && policies.length > 1
    ? line("compare", first, { policies: policies.join(","), seeds: String(seeds.length) })
    : headers.map(alone).join("\n")
}

const alone = (header: Header) => {
  const { policy, seed, costs } = header
  return costs === undefined
    ? line("run", header, { policy: policy.name, seed: String(seed) })
    : line("emulate", header, { policies: policy.name, seeds: "1", seed: String(seed) })
}

const line = (command: string, header: Header, own: Record<string, string>) => {
  const { rounds, meter, versions } = header
  const subject = header.scenario?.source ?? header.stream
  const [call, clock] =
    header.costs === undefined
      ? [`${command} --stream ${quoted(subject)}`, { clock: header.clock }]
      : [`emulate ${quoted(subject)}`, {}]
  const device = meter.kind === "modelled" ? { device: meter.source } : {}
  const threads = versions["threads"] === undefined ? {} : { threads: versions["threads"] }
  const flags = Object.entries({ ...own, rounds, ...clock, ...device, ...threads })
  return `pnpm edgeol ${call} ${flags.map(([name, value]) => `--${name} ${quoted(value)}`).join(" ")}`
}

/** For a shell. */
const quoted = (word: string) => (/^[\w.,:=@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)

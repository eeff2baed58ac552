/** `pnpm bench [NAME ...] [--json]`: runs benchmarks, each in a process of its own, and prints what they measured. */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { basename, join } from "node:path"

const folder = import.meta.dirname
const notBenchmarks = ["main", "hostCosts"]

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts"))
  .filter((name) => !notBenchmarks.includes(name))

const help = `pnpm bench [NAME ...] [--json]

Runs those named, or, in more than ten minutes, all benchmarks: ${names.join(", ")}.
With --json it prints one document: that of the benchmark named, or one by name.
Ratios are measured in one run on one machine; a busy machine makes them noisy.`

const measure = (name: string): unknown => {
  const { status, stdout } = spawnSync(process.execPath, [join(folder, `${name}.ts`), "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`The benchmark ${name} failed; run \`node test/bench/${name}.ts\` to see why.`)
  return JSON.parse(stdout)
}

const main = (args: ReadonlyArray<string>): void => {
  const asked = args.filter((arg) => !arg.startsWith("-"))
  const unknown = asked.find((name) => !existsSync(join(folder, `${name}.ts`)) || notBenchmarks.includes(name))
  if (args.includes("--help")) return console.log(help)
  if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}"; there are ${names.join(", ")}.`)
  const json = args.includes("--json")
  const chosen = asked.length === 0 ? names : asked
  if (asked.length === 0) {
    console.error(`All ${names.length} benchmarks, which takes more than ten minutes; pnpm bench NAME runs one.`)
  }
  const results = chosen.map((name, i) => {
    console.error(`${name}, ${i + 1} of ${chosen.length} …`)
    const start = performance.now()
    const result = measure(name)
    console.error(`${name} took ${((performance.now() - start) / 1000).toFixed(0)} s.`)
    if (!json) console.log(`${name}\n${JSON.stringify(result, null, 2)}`)
    return [name, result] as const
  })
  if (json) console.log(JSON.stringify(asked.length === 1 ? results[0]?.[1] : Object.fromEntries(results), null, 2))
}

try {
  main(process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

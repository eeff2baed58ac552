/** A file with two policies that need no package, and what they import: rounds every so many batches. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"

const ideas = `import { every } from "./every.ts"

const periodic = (batches: number) => ({
  name: "mine",
  config: {},
  initial: { waiting: 0 },
  decide(state: { readonly waiting: number }, observation: { readonly _tag: string }) {
    if (observation._tag !== "BatchArrived") return [state, { _tag: "Wait" }]
    const waiting = state.waiting + 1
    return waiting < batches ? [{ waiting }, { _tag: "Wait" }] : [{ waiting: 0 }, { _tag: "Train" }]
  }
})

export const often = periodic(every)
export const seldom = periodic(2 * every)
`

/** `ideas.ts`, whose policies are called `often` and, after twice as many batches, `seldom`. */
export const write = (folder: string, every: number): void => {
  writeFileSync(join(folder, "ideas.ts"), ideas)
  writeFileSync(join(folder, "every.ts"), `export const every = ${every}\n`)
}

/** What is wrong with a document: a field, and a sentence about it. */
export interface Problem {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

export type Path = Problem["path"]
export type Found = Problem | undefined

export const problem = (path: Path, message: string): Problem => ({ path, message })

/** The first that a check finds. */
export const firstOf = <A>(all: ReadonlyArray<A>, check: (value: A, i: number) => Found): Found => {
  for (const [i, value] of all.entries()) {
    const found = check(value, i)
    if (found !== undefined) return found
  }
  return undefined
}

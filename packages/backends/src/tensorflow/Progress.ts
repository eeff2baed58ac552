/** What a user sees of a set-up, on stderr: results of commands stay clean on stdout. */

export const tell = (line: string): void => {
  process.stderr.write(`edgeol: ${line}\n`)
}

/** Whether somebody watches, so that a moving bar makes sense. */
export const watched = (): boolean => process.stderr.isTTY

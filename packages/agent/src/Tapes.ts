/** The recorder's files, for those who fetch them. A run may go over several; its first has no `from` in its header. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs"
import type { ServerResponse } from "node:http"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Recorder from "./Recorder.ts"

export { files } from "./Recorder.ts"

/** Files of the newest run, the oldest first, as far as they are kept. */
export const run = (folder: string): ReadonlyArray<number> => {
  const all = Recorder.files(folder)
  const first = all.findLastIndex((file) => !("from" in headerOf(folder, file).header))
  return all.slice(Math.max(0, first))
}

/** What there is. */
export const list = (folder: string) =>
  Recorder.files(folder).map((file) => {
    const { header } = headerOf(folder, file)
    return {
      file,
      bytes: statSync(Recorder.pathOf(folder, file)).size,
      policy: header.policy?.name,
      goesOn: "from" in header
    }
  })

/** Sends these files as one tape, under the first one's header. Their lengths are those of this moment: all lines are whole. */
export const send = async (folder: string, numbers: ReadonlyArray<number>, response: ServerResponse): Promise<void> => {
  const parts = numbers.map((file, i) => ({
    path: Recorder.pathOf(folder, file),
    start: i === 0 ? 0 : headerOf(folder, file).bytes,
    end: statSync(Recorder.pathOf(folder, file)).size - 1
  }))
  const bytes = parts.reduce((sum, { start, end }) => sum + Math.max(0, end + 1 - start), 0)
  response.writeHead(200, { "content-type": "application/x-ndjson", "content-length": bytes })
  for (const { path, start, end } of parts) {
    if (end >= start && !(await sent(createReadStream(path, { start, end }), response))) return
  }
  response.end()
}

/** False when whoever asked has gone. */
const sent = async (stream: Readable, response: ServerResponse): Promise<boolean> => {
  try {
    await pipeline(stream, response, { end: false })
    return true
  } catch (error) {
    if (response.destroyed) return false
    throw error
  }
}

interface Header {
  readonly policy?: { readonly name: string }
}

/** The first line, and its length with its end. */
const headerOf = (folder: string, file: number): { readonly header: Header; readonly bytes: number } => {
  const descriptor = openSync(Recorder.pathOf(folder, file), "r")
  try {
    let text = Buffer.alloc(0)
    for (let end = -1; end < 0; end = text.indexOf(10)) {
      const chunk = Buffer.alloc(2 ** 16)
      const read = readSync(descriptor, chunk, 0, chunk.length, text.length)
      text = Buffer.concat([text, chunk.subarray(0, read)])
      if (read === 0) return { header: {}, bytes: text.length }
    }
    const bytes = text.indexOf(10) + 1
    return { header: JSON.parse(text.subarray(0, bytes).toString("utf8")) as Header, bytes }
  } finally {
    closeSync(descriptor)
  }
}

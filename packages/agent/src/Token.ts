/** The secret that opens the API on the loopback: made once, readable by its owner alone. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs"
import { AgentError } from "./AgentError.ts"

/** The token in a file, which is made when it is missing. Throws an `AgentError` for a file that others may read. */
export const read = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return make(path)
  if ((found.mode & 0o077) !== 0)
    throw new AgentError({ message: `${path} may be read by others; run chmod 600 on it, or remove it.` })
  const token = readFileSync(path, "utf8").trim()
  if (!/^[0-9a-f]{64}$/.test(token)) throw new AgentError({ message: `${path} holds no token; remove it.` })
  return token
}

const make = (path: string): string => {
  const token = randomBytes(32).toString("hex")
  const temporary = `${path}.tmp`
  const file = openSync(temporary, "w", 0o600)
  try {
    chmodSync(temporary, 0o600)
    writeSync(file, `${token}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
  return token
}

/** Whether an `Authorization` header carries this token; takes as long for every wrong one. */
export const fits = (token: string, authorization: string | undefined): boolean =>
  timingSafeEqual(digest(`Bearer ${token}`), digest(authorization ?? ""))

const digest = (text: string) => createHash("sha256").update(text).digest()

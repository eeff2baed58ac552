/**
 * Changes which release runs. A new one is current only after one rename, and stays only if its agent answers: until
 * then `pending` keeps the old one, and one rename brings it back, here or at the service's next start.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import * as Health from "./Health.ts"
import * as Places from "./Places.ts"
import * as Service from "./Service.ts"

/** Steps back from a release that nobody judged; gives whether there was one. */
export const recover = (root: string): boolean => {
  if (!Places.isPending(root)) return false
  const from = Places.linked(root, "pending")
  if (from !== undefined) Places.move(join(root, "pending"), join(root, "current"))
  else {
    rmSync(join(root, "current"), { force: true })
    rmSync(join(root, "pending"), { force: true })
  }
  return true
}

export interface Options extends Health.Patience {
  readonly root: string
  readonly home: string
  /** Whether the process that runs may go on as the new release; one that does not is started anew. */
  readonly takesOver: boolean
  /** Called once the release has shown that it works, before it stays. */
  readonly accept: () => void
}

/** Makes a placed release the current one; gives what was wrong with it where the old one runs again. */
export const to = async (hash: string, release: number, options: Options): Promise<string | undefined> => {
  const { root, home } = options
  Places.link(root, "pending", Places.linked(root, "current"))
  Places.link(root, "current", hash)
  Service.install(home)
  const why = await come(release, options)
  if (why !== undefined) back(root)
  else {
    options.accept()
    Places.move(join(root, "pending"), join(root, "previous"))
  }
  return why
}

/** Asks first for what costs least; a process that fails in it is replaced. */
const come = async (release: number, { takesOver, ...options }: Options): Promise<string | undefined> => {
  const path = Health.socket(options.root)
  if (takesOver) {
    Service.reload()
    const isGone = () => !Service.isActive()
    const why = await Health.wait(path, release, { ...options, seconds: options.seconds / 3, isGone })
    if (why === undefined || options.isLost()) return why
  }
  Service.restart()
  return Health.wait(path, release, options)
}

const back = (root: string): void => {
  recover(root)
  if (Places.linked(root, "current") === undefined) Service.stop()
  else Service.restart()
}

/** Where the shared data sets lie, and a line that says so when they do not. */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"

export const data = process.env["EDGEOL_DATA"] ?? resolve(import.meta.dirname, "../../shared/data")

/** Whether a data set is there; tests that need it skip without it. */
export const has = (folder: string): boolean => existsSync(join(data, folder))

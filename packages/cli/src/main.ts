/**
 * Starts the `edgeol` command. Compiled code is kept in the system's temporary folder: the next start takes half the
 * time. What is imported above this line would not be kept.
 */
import { enableCompileCache } from "node:module"

enableCompileCache()
await import("./Edgeol.ts")

/** Properties draw the same cases each time, so that a change is tested and not luck; EDGEOL_SEED draws others. */
import fc from "fast-check"

fc.configureGlobal({ seed: Number(process.env.EDGEOL_SEED ?? 1) })

/** Colours that keep a contrast of 3:1 on white and on near-black, told apart with any colour vision. */
import type { Activity } from "@edgeol/core/Ledger"

/** One per policy, in their order; the first is the reference and grey. */
const hues = ["#7d8590", "#d9622b", "#2f7fd0", "#1a936f", "#9c62d6", "#a87b00", "#d1478c", "#4f8f9f"]

export const policy = (i: number): string => hues[i % hues.length]!

/** Process and files in oranges, steps in blues, deciding in greens, the fast head in pink. */
export const activity: Readonly<Record<Activity, string>> = {
  startUp: "#b8541a",
  load: "#e0883e",
  forward: "#6aaee8",
  backward: "#2a6fbf",
  optimiser: "#8c9eff",
  probe: "#17805a",
  validation: "#52b88c",
  head: "#c23b7a",
  save: "#f2b56b",
  policy: "#0b5c4d",
  inference: "#9c62d6",
  overhead: "#8a8f98",
  meter: "#6b7078",
  idle: "#5d636b"
}

/** What stays as it was. */
export const frozen = "#9fb8cc"

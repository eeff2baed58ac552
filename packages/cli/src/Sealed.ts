/** Where the sweep and the tapes find it. */
export * from "@edgeol/backends/journal/Sealed"

/** The `edgeol` command as the child of an evaluation: it ends with its parent, however that ends. */
process.on("disconnect", () => process.exit())
process.channel?.unref()
await import("../main.ts")

/** Streams of labelled batches and requests. */
export * as Catalog from "./Catalog.ts"
export * as Domains from "./Domains.ts"
export * as Experiment from "./Experiment.ts"
export * as Feed from "./Feed.ts"
export * as Patterns from "./Patterns.ts"
export * as Stream from "./Stream.ts"
export * as StreamSamples from "./StreamSamples.ts"

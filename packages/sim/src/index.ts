/** Devices, arrivals and costs: the world without the hardware. */
export * as Arrivals from "./Arrivals.ts"
export * as CostModel from "./CostModel.ts"
export * as ModelledLearner from "./ModelledLearner.ts"
export * as PowerModel from "./PowerModel.ts"

/** Laws to hold policies, guards, meters and journals to, and arbitrary worlds to try them in. */
export { anyDecision } from "./arbitraries/Decision.ts"
export { anyHistory } from "./arbitraries/History.ts"
export { anyConfig, anySpecification, build } from "./arbitraries/Policy.ts"
export { anyScenario, type Scenario } from "./arbitraries/Scenario.ts"
export * as World from "./arbitraries/World.ts"
export { envelope, type Envelope } from "./laws/Envelope.ts"
export * as laws from "./laws/index.ts"
export { check } from "./laws/Policy.ts"

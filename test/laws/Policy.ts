/** The laws of a policy, under the name that tests and notebooks know them by. */
export * from "@edgeol/verify/Laws"

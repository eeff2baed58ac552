/** Plain data, compared and copied by value. */
export * from "@edgeol/verify/Json"

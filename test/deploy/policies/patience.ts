/** Doubtful answers before it learns. */
export const patience = 2

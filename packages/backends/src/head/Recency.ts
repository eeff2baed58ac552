/** How often each class came of late: counts that fade. */

/** About so many labels back. */
const memory = 64

/** A class that has not come counts as so many labels. */
const floor = 0.25

export interface Recency {
  counts: Float64Array
}

export const learn = (recency: Recency, classes: number, labels: Int32Array): void => {
  const wider = new Float64Array(classes)
  wider.set(recency.counts)
  for (const label of labels) {
    for (let c = 0; c < classes; c++) wider[c] = wider[c]! * (1 - 1 / memory)
    wider[label] = wider[label]! + 1
  }
  recency.counts = wider
}

/** Log of each class's share. */
export const logShares = ({ counts }: Recency): Float64Array => {
  const total = counts.reduce((sum, count) => sum + count + floor, 0)
  return counts.map((count) => Math.log((count + floor) / total))
}

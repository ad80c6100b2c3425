/** Draws by masses. */

/** The first index with sums[i] > u, in running sums of masses. */
export function firstAbove(sums: Float64Array, u: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

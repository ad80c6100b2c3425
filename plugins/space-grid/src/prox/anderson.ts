/** Anderson's acceleration of a fixed point. */

/** A point x and the way from it to its image, d = g(x) - x. */
export interface Pair {
  readonly x: Float64Array;
  readonly d: Float64Array;
}

// Differences shorter than this beside their part across the others say nothing.
const DEPENDENT = 1e-10;

const dot = (a: Float64Array, b: Float64Array, weight: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += weight[i]! * a[i]! * b[i]!;
  return sum;
};

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v - b[i]!);

function add(to: Float64Array, share: number, of: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += share * of[i]!;
}

/**
 * The next point: where the secants through the last points have their fixed point, in the weighted least squares
 * sense, min over c of |d - sum_j c_j (d - d_j)|, x + d - sum_j c_j (x - x_j + d - d_j).
 *
 * @param pairs - the latest first
 * @param weight - of each component
 * @see walker2011anderson
 */
export function accelerated(pairs: readonly Pair[], weight: Float64Array): Float64Array {
  const [{ x, d }, ...earlier] = pairs as readonly [Pair, ...Pair[]];
  const next = x.map((v, i) => v + d[i]!);
  const rest = Float64Array.from(d);
  // Gram-Schmidt; each direction is carried with the change of x + d that belongs to it.
  const basis: { across: Float64Array; along: Float64Array; square: number }[] = [];
  for (const pair of earlier) {
    const across = minus(d, pair.d);
    const along = minus(x, pair.x);
    add(along, 1, across);
    const whole = dot(across, across, weight);
    for (const b of basis) {
      const share = dot(across, b.across, weight) / b.square;
      add(across, -share, b.across);
      add(along, -share, b.along);
    }
    const square = dot(across, across, weight);
    if (square > DEPENDENT * whole) basis.push({ across, along, square });
  }
  for (const { across, along, square } of basis) {
    const share = dot(rest, across, weight) / square;
    add(rest, -share, across);
    add(next, -share, along);
  }
  return next;
}

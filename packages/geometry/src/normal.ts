/** The standard normal law in float64. */

const ROOT = Math.sqrt(2 * Math.PI);

export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / ROOT;

/** Beyond this a continued fraction of 40 terms is exact to rounding; before it, a series of some 40 is. */
const TAIL = 2.5;

/** P(Z > z) / density(z) for z >= 2.5, by its continued fraction. */
function millsRatio(z: number): number {
  let fraction = z;
  for (let k = 40; k > 0; k--) fraction = z + k / fraction;
  return 1 / fraction;
}

/** P(0 < Z < z) / density(z): the sum of z^(2k+1) / (2k+1)!!, all of one sign. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) sum += term *= (z * z) / (2 * k + 1);
  return sum;
}

/** P(Z > z) for z >= 0, to relative accuracy also far out. */
const upperTail = (z: number): number =>
  z > TAIL ? (z === Infinity ? 0 : normalDensity(z) * millsRatio(z)) : 0.5 - normalDensity(z) * series(z);

/** P(Z <= z). */
export const normalCdf = (z: number): number => (z < 0 ? upperTail(-z) : 1 - upperTail(z));

/** P(a < Z < b) for a < b, without cancellation in the tails. */
export function normalInterval(a: number, b: number): number {
  if (a > 0) return upperTail(a) - upperTail(b);
  return b < 0 ? upperTail(-b) - upperTail(-a) : 1 - upperTail(-a) - upperTail(b);
}

/** A first guess of the p-quantile for p <= 1/2, to 4.5e-4. */
function guess(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  return (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
}

/** The p-quantile for p <= 1/2; Halley's method triples the digits. */
function lowerQuantile(p: number): number {
  let z = guess(p);
  for (let i = 0; i < 3; i++) {
    const error = (normalCdf(z) - p) / normalDensity(z);
    z -= error / (1 + (error * z) / 2);
  }
  return z;
}

/** z with P(Z <= z) = p; infinite for 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  return p <= 0.5 ? lowerQuantile(p) : -lowerQuantile(1 - p);
}

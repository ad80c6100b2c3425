/** The standard normal law in float64. */

const ROOT = Math.sqrt(2 * Math.PI);

export const normalDensity = (z: number): number => (Number.isFinite(z) ? Math.exp((-z * z) / 2) / ROOT : 0);

/** P(Z > z) / density(z) for z >= 2, by its continued fraction from the bottom. */
function upperTail(z: number): number {
  let fraction = z;
  for (let k = 60; k > 0; k--) fraction = z + k / fraction;
  return 1 / fraction;
}

/** P(0 < Z < z) / density(z), a series of positive terms. */
function middle(z: number): number {
  let [term, sum] = [z, z];
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= (z * z) / k;
  return sum;
}

/** P(Z <= z). */
export function normalCdf(z: number): number {
  if (!Number.isFinite(z)) return z > 0 ? 1 : 0;
  if (z > 2) return 1 - normalDensity(z) * upperTail(z);
  return z < -2 ? normalDensity(z) * upperTail(-z) : 1 / 2 + normalDensity(z) * middle(z);
}

/** z with P(Z <= z) = p, for p <= 1/2: log P is concave, so that Newton's steps from the left stay there. */
function lowerQuantile(p: number): number {
  let z = -Math.sqrt(-2 * Math.log(p));
  for (let i = 0; i < 60; i++) {
    const mass = normalCdf(z);
    const step = (Math.log(p / mass) * mass) / normalDensity(z);
    z += step;
    if (Math.abs(step) < 1e-14 * (1 + Math.abs(z))) break;
  }
  return z;
}

/** z with P(Z <= z) = p; infinite for 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0 || p >= 1) return p <= 0 ? -Infinity : Infinity;
  return p <= 1 / 2 ? lowerQuantile(p) : -lowerQuantile(1 - p);
}

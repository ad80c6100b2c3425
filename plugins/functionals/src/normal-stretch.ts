/** The quantile function of N(0, 1) between two levels, without cancellation however near they are. */
import { gaussLegendre, normalCdf, normalDensity, normalInterval } from '@wasserflow/geometry';
import type { Stretch } from './line-law.js';

const RULE = gaussLegendre(8);

// Up to this length an 8-point rule is exact to rounding; beyond it closed forms lose no digits that matter.
const SHORT = 0.5;

/** By quadrature in z: the mean of z under the density, and int (t - 1/2) Q dt = int t (1 - t) dQ / 2. */
function short(a: number, b: number): Stretch {
  const [middle, half] = [(a + b) / 2, (b - a) / 2];
  const whole = normalInterval(a, b);
  let [total, first, spread] = [0, 0, 0];
  for (const [k, node] of RULE.nodes.entries()) {
    const away = half * node;
    const weight = RULE.weights[k]! * Math.exp(-away * (middle + away / 2));
    total += weight;
    first += weight * away;
    const t = whole > 0 ? normalInterval(a, middle + away) / whole : (1 + node) / 2;
    spread += RULE.weights[k]! * t * (1 - t);
  }
  return { mean: middle + first / total, tilt: half * spread };
}

/** By int z phi dz = -phi and int z phi Phi dz = int phi^2 dz - phi Phi; one end may be infinite. */
function long(a: number, b: number): Stretch {
  const mass = normalInterval(a, b);
  const mean = (normalDensity(a) - normalDensity(b)) / mass;
  const squares = (normalCdf(Math.SQRT2 * b) - normalCdf(Math.SQRT2 * a)) / (2 * Math.sqrt(Math.PI));
  return { mean, tilt: squares / mass ** 2 - normalDensity(b) / mass - mean / 2 };
}

/** The stretch from z = a to z = b >= a; a point where both are one. */
export function normalStretch(a: number, b: number): Stretch {
  if (!(b > a)) return { mean: a, tilt: 0 };
  // Where both ends are in the upper tail, its mirror image keeps the digits.
  if (a + b > 0) {
    const { mean, tilt } = normalStretch(-b, -a);
    return { mean: -mean, tilt };
  }
  return b - a < SHORT ? short(a, b) : long(a, b);
}

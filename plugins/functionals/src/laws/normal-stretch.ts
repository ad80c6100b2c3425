/** The quantile function of N(0, 1) between two levels, without cancellation however near they are. */
import { gaussLegendre, normalCdf, normalDensity, normalInterval } from '@wasserflow/geometry';
import type { Stretch } from './line-law.js';

const RULE = gaussLegendre(5);

// Up to this length a 5-point rule is exact to rounding; beyond it closed forms lose no digits that matter.
const SHORT = 0.25;

/** The mass from z = a to b over the density at a, and the mean of z - a. */
function portion(a: number, b: number): { mass: number; first: number } {
  const length = b - a;
  let [mass, first] = [0, 0];
  for (const [k, node] of RULE.nodes.entries()) {
    const away = ((1 + node) * length) / 2;
    const weight = RULE.weights[k]! * length * Math.exp(-away * (a + away / 2));
    mass += weight;
    first += weight * away;
  }
  return { mass, first: first / mass };
}

/** By quadrature in z: the mean of z under the density, and int (t - 1/2) Q dt = int t (1 - t) dQ / 2. */
function short(a: number, b: number): Stretch {
  const { mass, first } = portion(a, b);
  let spread = 0;
  for (const [k, node] of RULE.nodes.entries()) {
    const t = portion(a, a + ((1 + node) * (b - a)) / 2).mass / mass;
    spread += RULE.weights[k]! * t * (1 - t);
  }
  return { mean: a + first, tilt: (spread * (b - a)) / 2 };
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

/** The normal distribution function in float64. */

/** erfc(x) e^(x^2) for x >= 2, by its continued fraction. */
function scaledErfc(x: number): number {
  let tail = 0;
  for (let k = 60; k > 0; k--) tail = k / 2 / (x + tail);
  return 1 / ((x + tail) * Math.sqrt(Math.PI));
}

/** erf(x) for |x| < 2, by its series of positive terms. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** P(Z > z), relative accuracy also far out. */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  return x > 2 ? (scaledErfc(x) * Math.exp(-x * x)) / 2 : (1 - series(x)) / 2;
}

/** P(a < Z < b) of a standard normal Z, without cancellation in the tails. */
export function normalInterval(a: number, b: number): number {
  if (a > 0) return upperTail(a) - upperTail(b);
  if (b < 0) return upperTail(-b) - upperTail(-a);
  return 1 - upperTail(-a) - upperTail(b);
}

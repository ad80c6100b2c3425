import { gaussHermite, gaussLegendre, type Rule } from '@wasserflow/geometry';
import { describe, expect, it } from 'vitest';

const moment = ({ nodes, weights }: Rule, k: number): number =>
  nodes.reduce((sum, x, i) => sum + weights[i]! * x ** k, 0);
/** (k - 1)!! for even k. */
const doubleFactorial = (k: number): number => (k <= 0 ? 1 : (k - 1) * doubleFactorial(k - 2));

describe.each([1, 2, 5, 12])('%d points', (n) => {
  it('are exact for polynomials of degree 2n - 1 under a normal law, and not for 2n', () => {
    for (let k = 0; k < 2 * n; k++) {
      const exact = k % 2 === 1 ? 0 : doubleFactorial(k);
      expect(Math.abs(moment(gaussHermite(n), k) - exact)).toBeLessThan(
        1e-11 * Math.max(1, doubleFactorial(k + (k % 2))),
      );
    }
    // The error of degree 2n is n!, the squared norm of the n-th monic Hermite polynomial.
    const factorial = Array.from({ length: n }, (_, i) => i + 1).reduce((a, b) => a * b, 1);
    expect((doubleFactorial(2 * n) - moment(gaussHermite(n), 2 * n)) / factorial).toBeCloseTo(1, 3);
  });

  it('are exact for polynomials of degree 2n - 1 on [-1, 1]', () => {
    for (let k = 0; k < 2 * n; k++) expect(moment(gaussLegendre(n), k)).toBeCloseTo(k % 2 === 1 ? 0 : 1 / (k + 1), 13);
    expect(moment(gaussLegendre(n), 2 * n)).toBeLessThan(1 / (2 * n + 1));
  });
});

it('the three-point rules are those of the tables', () => {
  const root3 = Math.sqrt(3);
  for (const [i, x] of [-root3, 0, root3].entries()) expect(gaussHermite(3).nodes[i]).toBeCloseTo(x, 14);
  for (const [i, w] of [1 / 6, 2 / 3, 1 / 6].entries()) expect(gaussHermite(3).weights[i]).toBeCloseTo(w, 14);
  const root = Math.sqrt(3 / 5);
  for (const [i, x] of [-root, 0, root].entries()) expect(gaussLegendre(3).nodes[i]).toBeCloseTo(x, 14);
  for (const [i, w] of [5 / 18, 4 / 9, 5 / 18].entries()) expect(gaussLegendre(3).weights[i]).toBeCloseTo(w, 14);
});

/**
 * The virial identity of JKO steps, exact for both discretisations. Scaling the result about any point changes the
 * objective to first order by nothing:
 * E[X'(X' - T(X'))] / gamma + E[X' V'(X')] + E[(X' - X'') W'(X' - X'')] / 2 = a + sum w_k int rho'^m_k.
 */
import { energy, type EnergyTerms, type QuantileMeasure } from '@wasserflow/core';
import { logarithmicInteraction, quadraticInteraction } from '@wasserflow/functionals';
import { array, assert, asyncProperty, constantFrom, double, record } from 'fast-check';
import { expect, test } from 'vitest';
import { context, line, numbers } from './quantile-laws.js';

const POINTS = [0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970262];
const WEIGHTS = [0.17392742256872692, 0.3260725774312731, 0.3260725774312731, 0.17392742256872692];

/** int f(Q(u)) du by four Gauss points a cell, exact up to degree seven; the mean over atoms. */
function mean(
  { kind, nodes: { data } }: QuantileMeasure,
  f: (x: number, part: number, share: number) => number,
): number {
  const n = kind === 'linear' ? data.length - 1 : data.length;
  let sum = 0;
  for (let i = 0; i < n; i++)
    if (kind === 'atoms') sum += f(data[i]!, i, 0) / n;
    else POINTS.forEach((t, k) => (sum += (WEIGHTS[k]! / n) * f(data[i]! + t * (data[i + 1]! - data[i]!), i, t)));
  return sum;
}

/** int rho^m, by the spacings. */
function power({ kind, nodes: { data } }: QuantileMeasure, m: number): number {
  const n = kind === 'linear' ? data.length - 1 : data.length;
  return Array.from(data.subarray(1)).reduce((sum, x, i) => sum + (n * (x - data[i]!)) ** (1 - m) / n, 0);
}

/** V = a x^4 / 4 + b x^2 / 2 + c x, of degree at most four, so that quadrature is exact. */
const potentialOf = ({ a, b, c }: Draw) => ({
  dimension: 1,
  pointwise: {
    value: ([x]: readonly number[]) => (a * x! ** 4) / 4 + (b * x! * x!) / 2 + c * x!,
    gradient: ([x]: readonly number[]) => [a * x! ** 3 + b * x! + c],
    hessian: ([x]: readonly number[]) => [[3 * a * x! * x! + b]],
  },
});

interface Draw {
  readonly kind: 'linear' | 'atoms';
  readonly gaps: readonly number[];
  readonly from: number;
  readonly gamma: number;
  readonly entropy: number;
  readonly internal: number;
  readonly m: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly k: number;
  readonly log: number;
}

const share = double({ min: 0.05, max: 2, noNaN: true });
const draw = record({
  kind: constantFrom('linear' as const, 'atoms' as const),
  gaps: array(double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 }),
  from: double({ min: -3, max: 1, noNaN: true }),
  gamma: double({ min: 0.01, max: 3, noNaN: true }),
  entropy: share,
  internal: share,
  m: constantFrom(0.5, 1.5, 2, 3),
  a: share,
  b: double({ min: -0.3, max: 2, noNaN: true }),
  c: double({ min: -1, max: 1, noNaN: true }),
  k: share,
  log: share,
});

const termsOf = (d: Draw): EnergyTerms => ({
  entropy: d.entropy,
  internal: [{ weight: d.internal, power: d.m }],
  potential: potentialOf(d),
  interactions: [
    { weight: d.k, interaction: quadraticInteraction() },
    { weight: -d.log, interaction: logarithmicInteraction() },
  ],
  constant: 0,
});

/** Both sides of the identity at a step from mu to nu. */
function sides(d: Draw, mu: QuantileMeasure, nu: QuantileMeasure): readonly [number, number] {
  const y = mu.nodes.data;
  const back = mean(nu, (x, i, t) => {
    const from = t === 0 ? y[i]! : y[i]! + t * (y[i + 1]! - y[i]!);
    return x * (x - from);
  });
  const first = mean(nu, (x) => x);
  const variance = mean(nu, (x) => (x - first) ** 2);
  const n = numbers(nu).length;
  // All of the mass is on pairs of different points; of n atoms, n^2 - n pairs are.
  const pairs = d.kind === 'linear' ? 1 : (n - 1) / n;
  const left =
    back / d.gamma + mean(nu, (x) => d.a * x ** 4 + d.b * x * x + d.c * x) + d.k * variance - (d.log / 2) * pairs;
  return [left, d.entropy * pairs + d.internal * power(nu, d.m)];
}

test('entropy, porous medium and fast diffusion, potential and interactions at once', async () => {
  await assert(
    asyncProperty(draw, async (d) => {
      let at = d.from;
      const y = [at, ...d.gaps.map((h) => (at += h))];
      const mu: QuantileMeasure = { kind: d.kind, nodes: { shape: [y.length], data: Float64Array.from(y) } };
      const { measure, status } = await line({ kind: d.kind }).prox(energy('G', termsOf(d)), mu, d.gamma, context);
      expect(status).toBe('ok');
      const [left, right] = sides(d, mu, measure);
      expect(Math.abs(left - right)).toBeLessThan(1e-9 * Math.max(1, right));
    }),
    { numRuns: 120, seed: 4 },
  );
});

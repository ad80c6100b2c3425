import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { add, apply, inverseSquareRoot, logDeterminant, squareRoot, symmetrise } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import type { PointwiseTarget, RatioDivergence } from './ratio.js';
import { factorise, lawOf } from '../laws/gaussian-law.js';

/** Spacing and reach of the trapezoid rule, in standard deviations. */
const STEP = 0.2;
const REACH = 9;

/** Points z of the trapezoid rule for a standard normal law on R^d with their weights. */
function normalRule(d: number): readonly (readonly [z: readonly number[], weight: number])[] {
  const half = Math.round(REACH / STEP);
  const axis = Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * STEP);
  const weight = (z: number): number => (STEP * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  return Array.from({ length: d }).reduce<[number[], number][]>(
    (points) => points.flatMap(([z, w]) => axis.map((a): [number[], number] => [[...z, a], w * weight(a)])),
    [[[], 1]],
  );
}

/** What the integrand needs at a point. */
interface Visit {
  readonly z: readonly number[];
  readonly weight: number;
  /** log(rho / pi). */
  readonly l: number;
  /** grad of that. */
  readonly gradient: () => number[];
}

function visitor({ dimension: d, potential, logNormalizer = 0 }: PointwiseTarget) {
  const rule = normalRule(d);
  return (mu: GaussianMeasure, visit: (at: Visit) => void): void => {
    const { mean, covariance } = lawOf(mu);
    const [root, inverse] = [squareRoot(covariance), inverseSquareRoot(covariance)];
    const logVolume = (d * Math.log(2 * Math.PI) + logDeterminant(factorise(covariance))) / 2;
    for (const [z, weight] of rule) {
      const x = add(mean, apply(root, z));
      const l = z.reduce((sum, a) => sum - (a * a) / 2, -logVolume) + potential.value(x) + logNormalizer;
      visit({ z, weight, l, gradient: () => add(potential.gradient(x), apply(inverse, z), -1) });
    }
  };
}

type Rule = ReturnType<typeof visitor>;

function valueOf({ integrand }: RatioDivergence, rule: Rule, mu: GaussianMeasure): number {
  let sum = 0;
  rule(mu, ({ weight, l }) => (sum += weight * integrand(l)));
  return sum;
}

/** The affine field closest to the Wasserstein gradient v = f''(r) grad r: E v + E[v (x - m)^T] S^-1 (x - m). */
function gradientOf({ slope }: RatioDivergence, rule: Rule, mu: GaussianMeasure): AffineField {
  const d = mu.mean.length;
  const constant = mu.mean.map(() => 0);
  const cross = Matrix.zeros(d, d);
  rule(mu, ({ z, weight, l, gradient }) => {
    const factor = weight * slope(l);
    for (const [i, g] of gradient().entries()) {
      constant[i]! += factor * g;
      for (const [j, a] of z.entries()) cross.set(i, j, cross.get(i, j) + factor * g * a);
    }
  });
  const linear = symmetrise(cross.mmul(inverseSquareRoot(lawOf(mu).covariance)));
  return { linear: linear.to2DArray(), center: mu.mean, constant };
}

/**
 * A divergence without `outer` on Gaussians by quadrature, in one and two dimensions, where log Z is known: the
 * trapezoid rule under rho, whose error falls faster than any power of its step. For bounded divergences only:
 * it sees what rho sees.
 */
export function divergenceOnGaussians(divergence: RatioDivergence, target: PointwiseTarget): GaussianFacet | undefined {
  if (target.dimension > 2 || target.logNormalizer === undefined) return undefined;
  const rule = visitor(target);
  return {
    value: (mu) => valueOf(divergence, rule, mu),
    gradient: (mu) => gradientOf(divergence, rule, mu),
  };
}

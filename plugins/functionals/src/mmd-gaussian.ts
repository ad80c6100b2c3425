import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { apply, dot, logDeterminant } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { meanDistance } from './mmd-line.js';
import { affineGradient, factorise, lawOf, meanDifference, outer, type GaussianLaw } from './gaussian-law.js';

/** E = |I + S / h^2|^(-1/2) exp(-dm^T (h^2 I + S)^-1 dm / 2), with its derivatives by dm and S. */
function meanKernel(S: Matrix, dm: readonly number[], h: number) {
  const d = dm.length;
  const widened = factorise(Matrix.add(S, Matrix.eye(d, d, h * h)));
  const inverse = widened.solve(Matrix.eye(d));
  const pulled = apply(inverse, dm);
  const value = Math.exp(d * Math.log(h) - logDeterminant(widened) / 2 - dot(dm, pulled) / 2);
  return {
    value,
    byMean: pulled.map((a) => -value * a),
    byCovariance: Matrix.sub(outer(pulled), inverse).mul(value / 2),
  };
}

const twice = (S: Matrix): Matrix => Matrix.mul(S, 2);

function valueOf(q: GaussianLaw, h: number, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), meanDifference(law, q), h).value;
  return (
    (meanKernel(twice(law.covariance), none, h).value + meanKernel(twice(q.covariance), none, h).value) / 2 - across
  );
}

function gradientOf(q: GaussianLaw, h: number, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const within = meanKernel(twice(law.covariance), none, h);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), meanDifference(law, q), h);
  return affineGradient(
    law,
    across.byMean.map((a) => -a),
    Matrix.sub(within.byCovariance, across.byCovariance),
  );
}

/** MMD^2 / 2 between Gaussians with the kernel exp(-|x - y|^2 / (2 h^2)). */
export const mmdOfGaussians = (q: GaussianLaw, h: number): GaussianFacet => ({
  value: (mu) => valueOf(q, h, mu),
  gradient: (mu) => gradientOf(q, h, mu),
});

/** MMD^2 / 2 between Gaussians on the line with the kernel -|x - y|: half their energy distance. */
export function energyOfGaussians({ mean: [m2 = 0], covariance }: GaussianLaw): GaussianFacet {
  const v2 = covariance.get(0, 0);
  const parts = ({ mean: [m = 0], covariance: [[v = 0] = []] }: GaussianMeasure) => ({
    across: meanDistance(m - m2, Math.sqrt(v + v2)),
    within: meanDistance(0, Math.sqrt(2 * v)),
  });
  const own = meanDistance(0, Math.sqrt(2 * v2)).value;
  return {
    value(mu) {
      const { across, within } = parts(mu);
      return across.value - (within.value + own) / 2;
    },
    gradient(mu) {
      const { across, within } = parts(mu);
      return {
        linear: [[2 * (across.byVariance - within.byVariance)]],
        center: mu.mean,
        constant: [across.byMean],
      };
    },
  };
}

import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { apply } from '@wasserflow/geometry';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { GaussianPart } from './gaussian-parts.js';
import { meanDistance } from './mmd-line.js';
import { affineGradient, factorise, lawOf, meanDifference, type GaussianLaw } from './gaussian-law.js';

type Parts = readonly GaussianPart[];

interface Tilted {
  readonly part: number;
  /** Derivative by z over the part, -c w_i z_i. */
  readonly pulls: number[];
  /** c w_i. */
  readonly stiffness: number[];
}

/** E = prod w_i^(1/2) exp(-c sum w_i z_i^2 / 2), w_i = 1 / (1 + c l_i), times its weight; c = 2 rate. */
function tilted({ rate, weight }: GaussianPart, l: readonly number[], z: readonly number[]): Tilted {
  const stiffness = l.map((v) => (2 * rate) / (1 + 2 * rate * v));
  const volume = l.reduce((product, v) => product / Math.sqrt(1 + 2 * rate * v), weight);
  const square = z.reduce((sum, v, i) => sum + stiffness[i]! * v * v, 0);
  return { part: volume * Math.exp(-square / 2), pulls: z.map((v, i) => -stiffness[i]! * v), stiffness };
}

/**
 * The mean over z ~ N(dm, S) of a sum of exp(-rate |z|^2), with its derivatives by dm and S: in the eigenbasis of S
 * every part is a product.
 */
function meanKernel(S: Matrix, dm: readonly number[], parts: Parts) {
  factorise(S);
  const { realEigenvalues: l, eigenvectorMatrix: U } = new EigenvalueDecomposition(S, { assumeSymmetric: true });
  const z = apply(U.transpose(), dm);
  const [byMean, byCovariance] = [z.map(() => 0), Matrix.zeros(z.length, z.length)];
  let value = 0;
  for (const each of parts) {
    const { part, pulls, stiffness } = tilted(each, l, z);
    value += part;
    for (const [i, a] of pulls.entries()) {
      byMean[i]! += part * a;
      for (const [j, b] of pulls.entries())
        byCovariance.set(i, j, byCovariance.get(i, j) + (part / 2) * (a * b - (i === j ? stiffness[i]! : 0)));
    }
  }
  return { value, byMean: apply(U, byMean), byCovariance: U.mmul(byCovariance).mmul(U.transpose()) };
}

const twice = (S: Matrix): Matrix => Matrix.mul(S, 2);

function valueOf(q: GaussianLaw, parts: Parts, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), meanDifference(law, q), parts).value;
  return (
    (meanKernel(twice(law.covariance), none, parts).value + meanKernel(twice(q.covariance), none, parts).value) / 2 -
    across
  );
}

function gradientOf(q: GaussianLaw, parts: Parts, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const within = meanKernel(twice(law.covariance), none, parts);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), meanDifference(law, q), parts);
  return affineGradient(
    law,
    across.byMean.map((a) => -a),
    Matrix.sub(within.byCovariance, across.byCovariance),
  );
}

/** MMD^2 / 2 between Gaussians with a kernel that is a sum of Gaussian ones. */
export const mmdOfGaussians = (q: GaussianLaw, parts: Parts): GaussianFacet => ({
  value: (mu) => valueOf(q, parts, mu),
  gradient: (mu) => gradientOf(q, parts, mu),
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

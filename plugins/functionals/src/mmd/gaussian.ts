import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { apply, dot } from '@wasserflow/geometry';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { GaussianPart, KernelMixture } from '../kernels/gaussian-parts.js';
import { affineGradient, factorise, lawOf, meanDifference, type GaussianLaw } from '../laws/gaussian-law.js';

interface Tilted {
  /** weight E e^(-rate |z|^2), and the same of e^(-rate |z|^2) - 1, which keeps its digits for small rates. */
  readonly part: number;
  readonly excess: number;
  /** The derivatives of log E by z, -c w_i z_i. */
  readonly pulls: number[];
  /** c w_i. */
  readonly stiffness: number[];
}

/** E = prod w_i^(1/2) exp(-c sum w_i z_i^2 / 2), w_i = 1 / (1 + c l_i), c = 2 rate. */
function tilted({ rate, weight }: GaussianPart, l: readonly number[], z: readonly number[]): Tilted {
  const stiffness = l.map((v) => (2 * rate) / (1 + 2 * rate * v));
  const logVolume = l.reduce((sum, v) => sum - Math.log1p(2 * rate * v), 0);
  const log = z.reduce((sum, v, i) => sum - stiffness[i]! * v * v, logVolume) / 2;
  return {
    part: weight * Math.exp(log),
    excess: weight * Math.expm1(log),
    pulls: z.map((v, i) => -stiffness[i]! * v),
    stiffness,
  };
}

/**
 * The mean of k(z) - k(0) over z ~ N(dm, S), with its derivatives by dm and S, but for the linear part: in the
 * eigenbasis of S every Gaussian part is a product.
 */
function meanKernel(S: Matrix, dm: readonly number[], { parts }: KernelMixture) {
  factorise(S);
  const { realEigenvalues: l, eigenvectorMatrix: U } = new EigenvalueDecomposition(S, { assumeSymmetric: true });
  const z = apply(U.transpose(), dm);
  const [byMean, byCovariance] = [z.map(() => 0), Matrix.zeros(z.length, z.length)];
  let value = 0;
  for (const each of parts) {
    const { part, excess, pulls, stiffness } = tilted(each, l, z);
    value += excess;
    for (const [i, a] of pulls.entries()) {
      byMean[i]! += part * a;
      for (const [j, b] of pulls.entries())
        byCovariance.set(i, j, byCovariance.get(i, j) + (part / 2) * (a * b - (i === j ? stiffness[i]! : 0)));
    }
  }
  return { value, byMean: apply(U, byMean), byCovariance: U.mmul(byCovariance).mmul(U.transpose()) };
}

const twice = (S: Matrix): Matrix => Matrix.mul(S, 2);

function valueOf(q: GaussianLaw, k: KernelMixture, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const dm = meanDifference(law, q);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), dm, k).value - k.linear * dot(dm, dm);
  const [own, other] = [law, q].map(({ covariance }) => meanKernel(twice(covariance), none, k).value);
  return (own! + other!) / 2 - across;
}

function gradientOf(q: GaussianLaw, k: KernelMixture, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const none = mu.mean.map(() => 0);
  const dm = meanDifference(law, q);
  const within = meanKernel(twice(law.covariance), none, k);
  const across = meanKernel(Matrix.add(law.covariance, q.covariance), dm, k);
  return affineGradient(
    law,
    across.byMean.map((a, i) => 2 * k.linear * dm[i]! - a),
    Matrix.sub(within.byCovariance, across.byCovariance),
  );
}

/**
 * MMD^2 / 2 between Gaussians with a kernel that is a sum of Gaussian ones. Its constant drops out, and of its linear
 * part all but the distance of the means.
 */
export const mmdOfGaussians = (q: GaussianLaw, kernel: KernelMixture): GaussianFacet => ({
  value: (mu) => valueOf(q, kernel, mu),
  gradient: (mu) => gradientOf(q, kernel, mu),
});

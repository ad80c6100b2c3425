import { ensure, type AffineField, type GaussianMeasure, type Kernel } from '@wasserflow/core';
import { add, matrixOf } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { fieldOf, valueAt } from './fields.js';

/**
 * int k(x, y) v(y) dmu(y) for k(x, y) = x . y + 1 and mu = N(m, S): x -> (L S + v(m) m^T) x + v(m), where L is the
 * linear part of v. For v the gradient of KL to N(0, Lambda^-1), and m = 0, it is x -> (Lambda S - I) x.
 *
 * Exact also where v is the affine part of a gradient that is not affine: both have the same moments.
 * @throws WasserflowError E_UNSUPPORTED for another kernel
 * @see liu2016stein
 */
export function kernelGradient(mu: GaussianMeasure, kernel: Kernel, v: AffineField): AffineField {
  ensure(
    kernel.linear,
    'E_UNSUPPORTED',
    `with kernel \`${kernel.id}\` the direction is not affine, so the flow leaves the Gaussians; use kernel \`linear\` on space \`gaussian\`, or space \`particles\``,
  );
  const { mean, covariance } = mu;
  const constant = valueAt(v, mean);
  const outer = Matrix.columnVector(constant).mmul(Matrix.rowVector(mean as number[]));
  const linear = matrixOf(v.linear).mmul(matrixOf(covariance)).add(outer);
  const origin = mean.map(() => 0);
  return fieldOf(linear, origin, add(origin, constant));
}

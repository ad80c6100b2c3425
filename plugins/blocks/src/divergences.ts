import { ops } from '@wasserflow/tensor';
import type { DivergenceEstimator } from '@wasserflow/core';

/** div v, exactly: d Jacobian-vector products at once. */
export const exactDivergence: DivergenceEstimator = {
  unbiased: true,
  evaluate: (field, parameters, x, t) => field.divergence(parameters, x, t),
};

/**
 * Hutchinson's estimator e^T Dv e with a random probe e, one Jacobian-vector product. Its variance is
 * 2 sum_{i != j} S_ij^2 for Rademacher and 2 |S|_F^2 for Gaussian probes, S the symmetric part of Dv.
 * @see hutchinson1989, grathwohl2019ffjord
 */
export const hutchinson = (probe: 'rademacher' | 'gaussian'): DivergenceEstimator => ({
  unbiased: true,
  noise: (rng, n, dimension) => (probe === 'gaussian' ? rng.normal([n, dimension]) : rng.rademacher([n, dimension])),
  evaluate(field, parameters, x, t, e) {
    const { value, tangent } = field.jvp(parameters, x, t, e!);
    return { value, divergence: ops.sum(ops.mul(tangent, e!), 1) };
  },
});

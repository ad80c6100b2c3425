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

/**
 * Hutchinson's estimator with a difference quotient in place of the product: e^T (v(x + s e) - v(x)) / s.
 * Biased, by O(s^2) in the mean for Gaussian probes. It is the estimator of the JKO-iFlow code, with
 * s = 0.02 / sqrt(d), and is here to reproduce it; `hutchinson` is exact and costs about the same.
 * @see xu2023jkoiflow
 */
export const finiteDifference = (sigma: number): DivergenceEstimator => ({
  unbiased: false,
  noise: (rng, n, dimension) => rng.normal([n, dimension]),
  evaluate(field, parameters, x, t, e) {
    const s = sigma / Math.sqrt(x.shape[1]!);
    const value = field.value(parameters, x, t);
    const ahead = field.value(parameters, ops.add(x, ops.mul(e!, s)), t);
    return { value, divergence: ops.sum(ops.mul(ops.mul(ops.sub(ahead, value), 1 / s), e!), 1) };
  },
});

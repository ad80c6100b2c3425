import type { Distribution, FlowFacet } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import type { RatioDivergence } from './ratio.js';

/**
 * D(T_# p | q) as the loss of a batch of x drawn from p, by the density ratio at T(x):
 * l = log p(x) - log|det DT(x)| + V(T(x)) + log Z. Undefined where no batch tells D, or V or log Z is unknown.
 *
 * Where log|det DT| is an estimate with noise of its own, as with `divergence: hutchinson` in more than one dimension,
 * the loss is biased by that noise, for D is not linear in it; `divergence: exact` has none.
 */
export function divergenceOnFlows(
  { ofBatch }: RatioDivergence,
  { potential, logNormalizer }: Distribution,
): FlowFacet | undefined {
  const V = potential?.value;
  if (!ofBatch || !V || logNormalizer === undefined) return undefined;
  return {
    needsLogDet: true,
    needsLogDensity: true,
    loss({ y, logDet, logDensity }) {
      const logTarget = ops.neg(ops.add(V(y), logNormalizer));
      return ofBatch(ops.sub(ops.sub(logDensity!, logDet!), logTarget));
    },
  };
}

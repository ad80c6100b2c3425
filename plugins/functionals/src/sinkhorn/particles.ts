import { WasserflowError, type ParticleFacet } from '@wasserflow/core';
import { selfTransport, sinkhornDivergence, type GibbsKernel } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';
import type { PlanOptions } from './entropic-plan.js';
import { lazily } from '../laws/target-draws.js';

/** Half the debiased Sinkhorn divergence between a cloud and draws, by sweeps on the engine. */
export function sinkhornOnClouds(
  kernel: GibbsKernel,
  draws: () => NdArray,
  { epsilon, tolerance }: PlanOptions,
): ParticleFacet {
  const self = selfTransport(kernel);
  const target = lazily(() => ({ points: draws() }));
  return {
    async evaluate(mu) {
      const { value, displacement, status, message } = await sinkhornDivergence(kernel, self, mu, target(), {
        epsilon,
        tolerance,
      });
      if (status !== 'ok')
        throw new WasserflowError('E_NUMERICS', message ?? 'the Sinkhorn divergence did not come out');
      return { value: value / 2, gradient: { shape: displacement.shape, data: displacement.data.map((v) => 0 - v) } };
    },
  };
}

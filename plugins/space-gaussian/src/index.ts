/** Space `gaussian`: Gaussian measures with the Bures-Wasserstein calculus in float64. */
import { definePlugin, defineSpace, INITIAL } from '@wasserflow/core';
import { z } from 'zod';
import { gaussianSpace } from './space.js';

export { anchoredProx } from './anchored-prox.js';
export type { Objective } from './brenier-coordinates.js';
export { displacement, distance2 } from './distance.js';
export { energyGradient, energyValue, negativeEntropy } from './energy.js';
export { extrapolate } from './extrapolate.js';
export { inner, squaredNorm } from './fields.js';
export { integralOfPower } from './internal-energy.js';
export { kernelGradient } from './kernel-gradient.js';
export { mirrorStep } from './mirror.js';
export { proxOfEnergy } from './prox.js';
export { quadrature, type Nodes, type Quadrature } from './quadrature.js';
export { regularizedGradient, regularizedProx } from './regularized-gradient.js';
export { gaussianSpace, type GaussianSpaceOptions } from './space.js';

export default definePlugin({
  name: '@wasserflow/space-gaussian',
  contract: 1,
  contributes: [
    defineSpace({
      id: 'gaussian',
      title: 'Gaussians with the Bures-Wasserstein calculus, in float64',
      options: z.strictObject({ quadrature: z.number().int().min(2).max(64).optional() }),
      inject: [INITIAL],
      cite: ['takatsu2011wasserstein', 'lambert2022variational', 'diao2023forward'],
      create: (options, initial) => gaussianSpace(initial, options),
    }),
  ],
});

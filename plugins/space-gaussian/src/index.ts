/** Space `gaussian`: Gaussian measures with the Bures-Wasserstein calculus, exact in float64. */
import { definePlugin, defineSpace, INITIAL } from '@wasserflow/core';
import { gaussianSpace } from './space.js';

export { gaussianSpace } from './space.js';
export { energyGradient, energyValue, negativeEntropy, squaredNorm } from './energy.js';
export { proxOfEnergy } from './prox.js';

export default definePlugin({
  name: '@wasserflow/space-gaussian',
  contract: 1,
  contributes: [
    defineSpace({
      id: 'gaussian',
      title: 'Gaussians with the Bures-Wasserstein calculus, exact in float64',
      inject: [INITIAL],
      cite: ['takatsu2011wasserstein'],
      create: (_, initial) => gaussianSpace(initial),
    }),
  ],
});

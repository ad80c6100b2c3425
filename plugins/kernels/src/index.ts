/** Kernels of two points, with the bandwidths that they were used with. */
import { definePlugin } from '@wasserflow/core';
import { energyDefinition } from './energy.js';
import { gaussianDefinition } from './gaussian.js';
import { inverseMultiquadricDefinition } from './inverse-multiquadric.js';
import { laplaceDefinition } from './laplace.js';
import { linearDefinition } from './linear.js';

export { bandwidthFor, type Bandwidth } from './bandwidth.js';
export { energyKernel, rieszFunction } from './energy.js';
export { gaussianProfile } from './gaussian.js';
export { inverseMultiquadricProfile } from './inverse-multiquadric.js';
export { laplaceProfile } from './laplace.js';
export { linearKernel } from './linear.js';
export { radialKernel, withBandwidth } from './radial-kernel.js';

export default definePlugin({
  name: '@wasserflow/kernels',
  contract: 1,
  contributes: [
    gaussianDefinition,
    inverseMultiquadricDefinition,
    laplaceDefinition,
    energyDefinition,
    linearDefinition,
  ],
});

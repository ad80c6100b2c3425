import { definePlugin } from '@wasserflow/core';
import { doubleWellDefinition } from './double-well.js';
import { laplaceDefinition } from './laplace.js';
import { quarticDefinition } from './quartic.js';
import { gaussianMixtureDefinition } from './gaussian-mixture.js';
import { gaussianDefinition } from './gaussian.js';
import { logisticPosteriorDefinition } from './logistic-posterior.js';

export { factorCovariance, type Covariance } from './covariance.js';
export { doubleWell } from './double-well.js';
export { laplace, type LaplaceOptions } from './laplace.js';
export { quartic } from './quartic.js';
export { gaussian, type GaussianOptions } from './gaussian.js';
export { gaussianMixture, type GaussianMixtureOptions } from './gaussian-mixture.js';
export { logisticPosterior, type LogisticPosteriorOptions } from './logistic-posterior.js';
export { logisticPotential } from './logistic-potential.js';
export { quadraticPotential } from './quadratic-potential.js';

export default definePlugin({
  name: '@wasserflow/targets',
  contract: 1,
  contributes: [
    gaussianDefinition,
    gaussianMixtureDefinition,
    quarticDefinition,
    doubleWellDefinition,
    laplaceDefinition,
    logisticPosteriorDefinition,
  ],
});

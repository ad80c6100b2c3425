/** Functionals G of measures, each with what it knows on each space. */
import { definePlugin } from '@wasserflow/core';
import { chiSquareDefinition } from './chi-square.js';
import { congestionDefinition } from './congestion.js';
import { customDefinition } from './custom.js';
import { fisherDefinition } from './fisher.js';
import { ksdDefinition } from './ksd.js';
import { mmdDefinition } from './mmd.js';
import { slicedW2Definition } from './sliced-w2.js';
import { w2Definition } from './w2.js';
import { sinkhornDefinition } from './sinkhorn.js';
import { entropyDefinition } from './entropy.js';
import { hellingerDefinition } from './hellinger.js';
import { interactionDefinition } from './interaction.js';
import { internalDefinition } from './internal.js';
import { jensenShannonDefinition } from './jensen-shannon.js';
import { klDefinition } from './kl.js';
import { potentialDefinition } from './potential.js';
import { renyiDefinition } from './renyi.js';
import { reverseKlDefinition } from './reverse-kl.js';
import { scaleDefinition } from './scale.js';
import { sumDefinition } from './sum.js';

export { chiSquare } from './chi-square.js';
export { congestion } from './congestion.js';
export { custom, type CustomOptions, type PointsFunction } from './custom.js';
export { fisher } from './fisher.js';
export { ksd } from './ksd.js';
export { mmd, type MmdOptions } from './mmd.js';
export { slicedW2, type SlicedOptions } from './sliced-w2.js';
export { w2, type W2Options } from './w2.js';
export { sinkhorn, type SinkhornFunctionalOptions } from './sinkhorn.js';
export { sinkhornOfGaussians } from './sinkhorn/gaussian.js';
export { entropy } from './entropy.js';
export { hellinger } from './hellinger.js';
export { interactionEnergy } from './interaction.js';
export * from './interaction/forms.js';
export { internalEnergy, type InternalOptions } from './internal.js';
export { jensenShannon } from './jensen-shannon.js';
export { kl } from './kl.js';
export { potentialEnergy } from './potential.js';
export { renyi } from './renyi.js';
export { reverseKl } from './reverse-kl.js';
export { scale } from './scale.js';
export { sum } from './sum.js';
export { sumPotentials } from './sum/potentials.js';

export default definePlugin({
  name: '@wasserflow/functionals',
  contract: 1,
  contributes: [
    klDefinition,
    entropyDefinition,
    internalDefinition,
    potentialDefinition,
    interactionDefinition,
    reverseKlDefinition,
    congestionDefinition,
    chiSquareDefinition,
    renyiDefinition,
    hellingerDefinition,
    jensenShannonDefinition,
    fisherDefinition,
    ksdDefinition,
    mmdDefinition,
    slicedW2Definition,
    w2Definition,
    sinkhornDefinition,
    sumDefinition,
    scaleDefinition,
    customDefinition,
  ],
});

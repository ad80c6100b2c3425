/** Functionals made of entropy and potential energy: `kl`, `entropy`, `potential`, `sum`. */
import { definePlugin } from '@wasserflow/core';
import { entropyDefinition } from './entropy.js';
import { klDefinition } from './kl.js';
import { potentialDefinition } from './potential.js';
import { sumDefinition } from './sum.js';

export { entropy } from './entropy.js';
export { kl } from './kl.js';
export { potentialEnergy } from './potential.js';
export { sum } from './sum.js';
export { sumPotentials } from './sum-potentials.js';

export default definePlugin({
  name: '@wasserflow/functionals',
  contract: 1,
  contributes: [klDefinition, entropyDefinition, potentialDefinition, sumDefinition],
});

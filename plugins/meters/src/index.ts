import { definePlugin } from '@wasserflow/core';
import { meanErrorDefinition } from './mean-error.js';
import { mmdDefinition } from './mmd.js';
import { nllDefinition } from './nll.js';
import { valueDefinition } from './value.js';
import { w2ToTargetDefinition } from './w2-to-target.js';

export { squaredMmd, type Estimator } from './kernel-discrepancy.js';
export { meanError, type MeanErrorOptions } from './mean-error.js';
export { mmd, type MmdOptions } from './mmd.js';
export { nll, type NllOptions } from './nll.js';
export { value } from './value.js';
export { w2ToTarget } from './w2-to-target.js';

export default definePlugin({
  name: '@wasserflow/meters',
  contract: 1,
  contributes: [valueDefinition, w2ToTargetDefinition, nllDefinition, mmdDefinition, meanErrorDefinition],
});

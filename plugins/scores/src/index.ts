/** Estimators of the score grad log rho from points. */
import { definePlugin } from '@wasserflow/core';
import { analyticDefinition } from './analytic.js';
import { kdeDefinition } from './kde.js';
import { steinDefinition } from './stein.js';

export { analyticScore } from './analytic.js';
export { scoreBandwidthFor, type ScoreBandwidth } from './bandwidth.js';
export { kdeScore, type KdeScore } from './kde.js';
export { steinScore, type SteinOptions, type SteinScore } from './stein.js';

export default definePlugin({
  name: '@wasserflow/scores',
  contract: 1,
  contributes: [kdeDefinition, steinDefinition, analyticDefinition],
});

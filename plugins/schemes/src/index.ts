/** First-order schemes, written on the calculus of spaces alone, and controllers of their step size. */
import { definePlugin } from '@wasserflow/core';
import { constantDefinition } from './controllers/constant.js';
import { geometricDefinition } from './controllers/geometric.js';
import { listDefinition } from './controllers/list.js';
import { forwardBackwardDefinition } from './forward-backward.js';
import { forwardEulerDefinition } from './forward-euler.js';
import { jkoDefinition } from './jko.js';
import { langevinDefinition } from './langevin.js';

export { constantSize } from './controllers/constant.js';
export { geometricSizes } from './controllers/geometric.js';
export { listedSizes } from './controllers/list.js';
export { explicitStep } from './explicit-step.js';
export { forwardBackward } from './forward-backward.js';
export { forwardEuler } from './forward-euler.js';
export { jko } from './jko.js';
export { langevin } from './langevin.js';

export default definePlugin({
  name: '@wasserflow/schemes',
  contract: 1,
  contributes: [
    jkoDefinition,
    forwardEulerDefinition,
    forwardBackwardDefinition,
    langevinDefinition,
    constantDefinition,
    listDefinition,
    geometricDefinition,
  ],
});

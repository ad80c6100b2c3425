/** First-order schemes, written on the calculus of spaces alone, controllers of their step size, and stop rules. */
import { definePlugin } from '@wasserflow/core';
import { acceleratedJkoDefinition } from './accelerated-jko.js';
import { acceleratedDefinition } from './accelerated.js';
import { bdf2Definition } from './bdf2.js';
import { adaptiveDefinition } from './controllers/adaptive.js';
import { constantDefinition } from './controllers/constant.js';
import { geometricDefinition } from './controllers/geometric.js';
import { listDefinition } from './controllers/list.js';
import { theoryDefinition } from './controllers/theory.js';
import { extragradientDefinition } from './extragradient.js';
import { extrapolatedBdf2Definition } from './extrapolated-bdf2.js';
import { forwardBackwardDefinition } from './forward-backward.js';
import { forwardEulerDefinition } from './forward-euler.js';
import { implicitMidpointDefinition } from './implicit-midpoint.js';
import { jkoDefinition } from './jko.js';
import { kalmanDefinition } from './kalman.js';
import { langevinDefinition } from './langevin.js';
import { malaDefinition } from './mala.js';
import { mirrorDefinition } from './mirror.js';
import { noiseInjectionDefinition } from './noise-injection.js';
import { preconditionedDefinition } from './preconditioned.js';
import { proximalLangevinDefinition } from './proximal-langevin.js';
import { regularizedProximalDefinition } from './regularized-proximal.js';
import { splittingDefinition } from './splitting.js';
import { gapDefinition } from './stop-rules/gap.js';
import { gradientBudgetDefinition } from './stop-rules/gradient-budget.js';
import { relativeMovementDefinition } from './stop-rules/relative-movement.js';
import { svgdDefinition } from './svgd.js';
import { symmetrizedLangevinDefinition } from './symmetrized-langevin.js';
import { trapezoidDefinition } from './trapezoid.js';

export { acceleratedJko, type AcceleratedJkoState } from './accelerated-jko.js';
export { accelerated, type AcceleratedOptions, type AcceleratedState } from './accelerated.js';
export { bdf2 } from './bdf2.js';
export { adaptiveSize, type AdaptiveOptions } from './controllers/adaptive.js';
export { constantSize } from './controllers/constant.js';
export { geometricSizes } from './controllers/geometric.js';
export { listedSizes } from './controllers/list.js';
export { theorySize } from './controllers/theory.js';
export { type EnergyPart } from './energy-parts.js';
export { explicitStep } from './explicit-step.js';
export { extragradient } from './extragradient.js';
export { extrapolatedBdf2 } from './extrapolated-bdf2.js';
export { forwardBackward } from './forward-backward.js';
export { forwardEuler } from './forward-euler.js';
export { implicitMidpoint } from './implicit-midpoint.js';
export { jko } from './jko.js';
export { kalman } from './kalman.js';
export { langevin } from './langevin.js';
export { mala } from './mala.js';
export { mirror, type MirrorMap } from './mirror.js';
export { noiseInjection, type NoiseOptions } from './noise-injection.js';
export { preconditioned, type PreconditionedState, type Preconditioner } from './preconditioned.js';
export { proximalLangevin, type ProximalLangevinOrder } from './proximal-langevin.js';
export { pullBackFunctional, pullBackPotential } from './pullback-functional.js';
export { regularizedProximal } from './regularized-proximal.js';
export { splitting, type Fraction, type SplittingState } from './splitting.js';
export { gap, type GapOptions } from './stop-rules/gap.js';
export { gradientBudget } from './stop-rules/gradient-budget.js';
export { relativeMovement } from './stop-rules/relative-movement.js';
export { svgd } from './svgd.js';
export { symmetrizedLangevin } from './symmetrized-langevin.js';
export { trapezoid } from './trapezoid.js';

export default definePlugin({
  name: '@wasserflow/schemes',
  contract: 1,
  contributes: [
    jkoDefinition,
    forwardEulerDefinition,
    forwardBackwardDefinition,
    langevinDefinition,
    malaDefinition,
    proximalLangevinDefinition,
    symmetrizedLangevinDefinition,
    implicitMidpointDefinition,
    trapezoidDefinition,
    bdf2Definition,
    extrapolatedBdf2Definition,
    acceleratedDefinition,
    acceleratedJkoDefinition,
    mirrorDefinition,
    preconditionedDefinition,
    kalmanDefinition,
    svgdDefinition,
    regularizedProximalDefinition,
    splittingDefinition,
    extragradientDefinition,
    noiseInjectionDefinition,
    constantDefinition,
    listDefinition,
    geometricDefinition,
    theoryDefinition,
    adaptiveDefinition,
    gapDefinition,
    gradientBudgetDefinition,
    relativeMovementDefinition,
  ],
});

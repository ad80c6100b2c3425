import { defineScheme, type Scheme } from '@wasserflow/core';
import { z } from 'zod';
import { explicitBounds } from './bounds.js';
import { positive } from './controllers/size.js';
import { explicitStep } from './explicit-step.js';
import { explicitLimit } from './limits.js';

/** The standard deviation of the noise of step n: level * decay^(n - 1). */
export interface NoiseOptions {
  /** A length. */
  readonly level: number;
  readonly decay?: number | undefined;
}

/**
 * Forward Euler whose gradient is taken at noisy points, while the points themselves stay free of noise:
 *
 * X' = X - gamma grad_W G(p_n)(X + level Z),  Z ~ N(0, I).
 *
 * It leads flows of the maximum mean discrepancy out of their local minima. Biased while the level is above zero, and
 * so as a rule with a `decay` below one. Noise adds to the points and not to their rates: stable where forward Euler is.
 * @see arbel2019maximum
 */
export const noiseInjection = ({ level, decay = 1 }: NoiseOptions): Scheme => ({
  id: 'noise-injection',
  requires: () => [{ operation: 'noise' }, { operation: 'gradientAt' }, { operation: 'push' }],
  bounds: explicitBounds,
  limitAt: explicitLimit(),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { step, gamma, rng }) {
    const { functional, space } = problem;
    const deviation = level * decay ** (step - 1);
    const noise: unknown = await space.noise(measure, deviation ** 2, rng);
    const v: unknown = await space.gradientAt(functional, measure, noise);
    return explicitStep(await space.push(measure, v, -gamma), problem, gamma, { noise: deviation });
  },
});

export const noiseInjectionDefinition = defineScheme({
  id: 'noise-injection',
  title: 'Forward Euler with the gradient at noisy points',
  options: z.strictObject({ level: positive('a noise level'), decay: positive('a decay').max(1).optional() }),
  cite: ['arbel2019maximum'],
  example: { level: 0.1 },
  create: noiseInjection,
});

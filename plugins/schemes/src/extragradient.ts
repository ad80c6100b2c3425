import { defineScheme, type Scheme } from '@wasserflow/core';
import { extragradientBounds } from './bounds.js';
import { explicitStep } from './explicit-step.js';
import { explicitLimit } from './limits.js';

/**
 * The extragradient method: the gradient of a trial step, taken back along it,
 *
 * p_h = (id - gamma grad_W G(p_n))_# p_n,  p_{n+1} = (id - gamma grad_W G(p_h) o (id - gamma grad_W G(p_n)))_# p_n.
 *
 * Multipliers 1 - gamma h + (gamma h)^2, h the curvatures of G: slower than forward Euler on minimisation, but it
 * converges where the field turns, as in games. Unbiased; stable for gamma L < 1/2, for gamma L < 1 without entropy.
 * @see korpelevich1976extragradient
 */
export const extragradient = (): Scheme => ({
  id: 'extragradient',
  requires: () => [{ operation: 'gradient' }, { operation: 'push' }, { operation: 'pullBack' }],
  bounds: extragradientBounds,
  limitAt: explicitLimit(1 / 2),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma }) {
    const { functional, space } = problem;
    const v: unknown = await space.gradient(functional, measure);
    const trial = explicitStep(await space.push(measure, v, -gamma), problem, gamma);
    if (trial.status !== 'ok') return trial;
    const ahead: unknown = await space.gradient(functional, trial.state.measure);
    const back: unknown = await space.pullBack(measure, v, -gamma, ahead);
    return explicitStep(await space.push(measure, back, -gamma), problem, gamma);
  },
});

export const extragradientDefinition = defineScheme({
  id: 'extragradient',
  title: 'Extragradient: the gradient of a trial step',
  cite: ['korpelevich1976extragradient'],
  create: extragradient,
});

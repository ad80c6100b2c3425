import { defineFunctional, energy, ensure, type Functional } from '@wasserflow/core';
import { z } from 'zod';

export interface InternalOptions {
  /** m > 0, not 1: above 1 the porous medium, below 1 fast diffusion. */
  readonly power: number;
  readonly weight?: number;
}

/**
 * The internal energy weight * int rho^m / (m - 1). Its flow is rho_t = weight * Laplacian of rho^m: the porous
 * medium equation for m > 1, where support spreads at finite speed, and fast diffusion for m < 1. 0-convex along
 * generalized geodesics for m > 1; for 1 - 1/d <= m < 1 too, but d is not known here and nothing is claimed.
 *
 * @throws WasserflowError E_ARGUMENT when m is not positive or is 1
 * @see otto2001geometry, ambrosio2008gradient
 */
export function internalEnergy({ power, weight = 1 }: InternalOptions): Functional {
  const limit = 'it has to be above 0 and other than 1, e.g. 2 (for int rho log rho use `entropy`)';
  ensure(power > 0 && power < Infinity && power !== 1, 'E_ARGUMENT', `the power of \`internal\` is ${power}; ${limit}`);
  ensure(Number.isFinite(weight), 'E_ARGUMENT', `the weight of \`internal\` is ${weight}; it has to be finite`);
  return energy('internal', { entropy: 0, internal: [{ weight, power }], constant: 0 });
}

export const internalDefinition = defineFunctional({
  id: 'internal',
  title: 'Internal energy int rho^m / (m - 1): porous medium, fast diffusion',
  options: z.strictObject({ power: z.number(), weight: z.number().default(1) }),
  cite: ['otto2001geometry', 'ambrosio2008gradient'],
  example: { power: 2 },
  create: internalEnergy,
});

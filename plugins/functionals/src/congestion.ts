import { defineFunctional, ensure, type Functional } from '@wasserflow/core';
import { z } from 'zod';

/**
 * The constraint rho <= maximum: 0 where it holds, else infinity; the limit of int rho^m / maximum^(m - 1) for
 * m to infinity. In a sum with a potential its flow is that of a crowd. 0-convex along generalized geodesics.
 * Only a grid has densities that can be bounded.
 *
 * @param maximum - largest density, per length^d
 * @throws WasserflowError E_ARGUMENT when the maximum is not positive and finite
 * @see maury2010macroscopic
 */
export function congestion(maximum: number): Functional {
  ensure(
    maximum > 0 && Number.isFinite(maximum),
    'E_ARGUMENT',
    `\`maximum\` is a density above 0, e.g. 0.5, but got ${maximum}`,
  );
  const bounded = (rho: number): boolean => rho <= maximum * (1 + ROUNDING);
  return {
    id: 'congestion',
    convexity: 0,
    facets: {
      grid: {
        maximum,
        value({ mass, lower, upper }) {
          const volume = mass.shape.reduce((v, n, k) => (v * (upper[k]! - lower[k]!)) / n, 1);
          return mass.data.every((m) => bounded(m / volume)) ? 0 : Infinity;
        },
      },
    },
  };
}

// What masses that were divided by their sum may be above.
const ROUNDING = 1e-9;

export const congestionDefinition = defineFunctional({
  id: 'congestion',
  title: 'Bound on the density: 0 where rho <= maximum, else infinity',
  options: z.strictObject({
    maximum: z.number({ error: 'expected the largest density, a number above 0' }),
  }),
  cite: ['maury2010macroscopic'],
  example: { maximum: 1 },
  create: ({ maximum }) => congestion(maximum),
});

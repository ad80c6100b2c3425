import { defineFunctional, ensure, part, type Functional } from '@wasserflow/core';
import { z } from 'zod';
import { sum } from './sum.js';

/**
 * weight * G, in nats, wherever G is known. For a positive weight its minimiser is that of G, and the lambda and L
 * that G declares are multiplied by it.
 *
 * @throws WasserflowError E_ARGUMENT when the weight is not finite
 */
export function scale(G: Functional, weight: number): Functional {
  ensure(Number.isFinite(weight), 'E_ARGUMENT', `the weight of \`scale\` is ${weight}; it has to be finite`);
  const { id: _, ...scaled } = sum([G], [weight]);
  const target = weight > 0 && G.target ? { target: G.target } : {};
  return { id: `scale.${G.id}`, ...scaled, ...target };
}

export const scaleDefinition = defineFunctional({
  id: 'scale',
  title: 'A functional times a number',
  options: z.strictObject({ weight: z.number() }),
  parts: { of: part('functional') },
  example: { weight: 2, of: { id: 'entropy' } },
  create: ({ of, weight }) => scale(of, weight),
});

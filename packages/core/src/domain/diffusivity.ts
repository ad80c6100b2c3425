import type { Functional } from './functional.js';
import { summandsOf } from './summands.js';

/**
 * The diffusivity of the flow of G at a density, length^2 per unit of time: D(rho) = a + sum w m rho^(m - 1), of its
 * entropy a int rho log rho and its internal energies w int rho^m / (m - 1). Undefined where G has neither.
 */
export function diffusivityOf(G: Functional): ((rho: number) => number) | undefined {
  const parts = summandsOf(G).flatMap(({ weight, of: { terms } }) => [
    ...(terms?.entropy ? [{ weight: weight * terms.entropy, power: 1 }] : []),
    ...(terms?.internal ?? []).map((e) => ({ weight: weight * e.weight, power: e.power })),
  ]);
  if (parts.length === 0) return undefined;
  return (rho) => parts.reduce((sum, { weight, power }) => sum + weight * power * rho ** (power - 1), 0);
}

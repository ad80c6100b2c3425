/** Overrelaxation of Sinkhorn's sweeps. */

const MOST_RELAXATION = 1.98;

/** Sweeps after which the factor of relaxation is chosen anew. */
export const RELAXATION_WINDOW = 8;

/**
 * The best factor of overrelaxation, 2 / (1 + sqrt(1 - r)), where r is the rate at which plain sweeps contract:
 * by the theory of successive overrelaxation, the rate l observed under the factor w has
 * (l + w - 1)^2 = l w^2 r. Errors may grow for a while after a change; then it is less relaxed, not plain: each
 * change of the factor costs sweeps.
 * @see thibault2021overrelaxed
 */
export function relaxationFor(observed: number, relaxation: number): number {
  if (!(observed < 1)) return 1 + 0.8 * (relaxation - 1);
  const plain = (observed + relaxation - 1) ** 2 / (observed * relaxation ** 2);
  return plain < 1 ? Math.min(MOST_RELAXATION, 2 / (1 + Math.sqrt(1 - plain))) : MOST_RELAXATION;
}

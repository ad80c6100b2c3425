/** Over-relaxation of scalings, by how fast they go. */

// Plain scalings before the rate is taken from them, and between two looks at whether it still falls.
const WARM_UP = 12;

/**
 * Relaxation of a linear iteration that shrinks by `rate` a step: the best one where it is symmetric, a little
 * under, since the rate is an estimate.
 * @see thibault2021overrelaxed
 */
const relaxation = (rate: number): number => 2 / (1 + Math.sqrt(1 - Math.min(0.995, Math.max(0, rate)))) - 0.02;

/** The relaxation to go on with, from the residuals so far. */
export function nextRelaxation(present: number, residuals: readonly number[], known: number): number {
  const k = residuals.length;
  if (k % WARM_UP !== 0) return present;
  if (k === WARM_UP) return Math.max(1, relaxation(Math.max(known, residuals[k - 1]! / residuals[k - 2]!)));
  return residuals[k - 1]! < residuals[k - WARM_UP]! ? present : 1 + (present - 1) / 2;
}

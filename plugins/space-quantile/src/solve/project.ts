import { isotonic } from '@wasserflow/geometry';
import { tether } from '../energy/node-function.js';
import { isMonotone, metricOf, spreadOf, type Kind, type Nodes } from '../measure.js';
import { interiorOf, minimise } from './minimise.js';

/** The nondecreasing z nearest in the Euclidean norm. */
export const nearestMonotone = (z: Nodes): Nodes => isotonic(z, new Float64Array(z.length).fill(1));

/**
 * The nondecreasing nodes nearest to z in L2(0, 1): pooled adjacent violators for `atoms`; for `linear`, whose
 * metric couples neighbours, the quadratic programme by an interior point method.
 * @see best1990active
 */
export function project(kind: Kind, z: Nodes): Nodes {
  if (isMonotone(z)) return z;
  if (kind === 'atoms') return nearestMonotone(z);
  const metric = metricOf(kind, z.length);
  const { x } = minimise(tether(metric, z, 1), metric, interiorOf(nearestMonotone(z), spreadOf(metric, z)));
  return x;
}

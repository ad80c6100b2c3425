import { tether } from '../energy/node-function.js';
import { isMonotone, metricOf, spreadOf, type Kind, type Nodes } from '../measure.js';
import { isotonic } from './isotonic.js';
import { interiorOf, minimise } from './minimise.js';

/**
 * The nondecreasing nodes nearest to z in L2(0, 1): pooled adjacent violators for `atoms`; for `linear`, whose
 * metric couples neighbours, the quadratic programme by an interior point method.
 */
export function project(kind: Kind, z: Nodes): Nodes {
  if (isMonotone(z)) return z;
  if (kind === 'atoms') return isotonic(z);
  const metric = metricOf(kind, z.length);
  const { x } = minimise(tether(metric, z, 1), metric, interiorOf(isotonic(z), spreadOf(metric, z)));
  return x;
}

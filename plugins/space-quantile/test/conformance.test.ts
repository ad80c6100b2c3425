/** The laws of the calculus that hold in every representation. */
import { energy, type QuantileMeasure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { describeSpace } from '@wasserflow/testkit';
import { kl, normal, potential, space } from './laws.js';

const quartic = potential(
  (x) => x ** 4 / 4,
  (x) => x ** 3,
  (x) => 3 * x * x,
  0,
);

const functionals = {
  KL: kl(0, 1),
  'porous medium in a quartic well': energy('porous', {
    entropy: 0,
    internal: [{ weight: 1, power: 2 }],
    potential: quartic,
    constant: 0,
  }),
};

/** |v|^2 in L2(mu), summed here cell by cell. */
function norm2({ kind }: QuantileMeasure, { data }: NdArray): number {
  const v = Array.from(data);
  if (kind === 'atoms') return v.reduce((sum, a) => sum + a * a, 0) / v.length;
  const n = v.length - 1;
  return v.slice(1).reduce((sum, b, i) => sum + (v[i]! ** 2 + v[i]! * b + b * b) / (3 * n), 0);
}

for (const kind of ['linear', 'atoms'] as const)
  for (const [name, functional] of Object.entries(functionals))
    describeSpace<QuantileMeasure>(`quantile, ${kind}, ${name}`, {
      space: async () => space({ kind, nodes: 20 }, normal(1, 2)),
      functional,
      norm2: norm2 as never,
    });

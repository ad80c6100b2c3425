/** Derivatives by the nodes against differences of values, for every term and both kinds. */
import { type EnergyTerms } from '@wasserflow/core';
import { derivatives, termsFunction } from '@wasserflow/space-quantile';
import { describe, expect, test } from 'vitest';
import { absolute, bump, logarithm, potential, quadraticAttraction } from './laws.js';

const x = Float64Array.of(-1.3, -0.6, -0.1, 0.5, 1.4, 1.9);
const none: EnergyTerms = { entropy: 0, constant: 0 };

const sine = potential(
  (v) => Math.sin(2 * v),
  (v) => 2 * Math.cos(2 * v),
  (v) => -4 * Math.sin(2 * v),
);

const cases: Readonly<Record<string, EnergyTerms>> = {
  entropy: { ...none, entropy: 1.5 },
  'porous medium, m = 2': { ...none, internal: [{ weight: 0.7, power: 2 }] },
  'porous medium, m = 3': { ...none, internal: [{ weight: 0.7, power: 3 }] },
  'fast diffusion, m = 1/2': { ...none, internal: [{ weight: 0.7, power: 0.5 }] },
  potential: { ...none, potential: sine },
  'quadratic interaction': { ...none, interactions: [{ weight: 1.2, interaction: quadraticAttraction(3) }] },
  'bump interaction': { ...none, interactions: [{ weight: -0.4, interaction: bump }] },
  '|z|': { ...none, interactions: [{ weight: 1.2, interaction: absolute }] },
  'log|z|': { ...none, interactions: [{ weight: 1.2, interaction: logarithm }] },
  'all of it': {
    entropy: 0.3,
    internal: [{ weight: 0.5, power: 2 }],
    potential: sine,
    interactions: [{ weight: -0.4, interaction: bump }],
    constant: 3,
  },
};

/** Second derivatives as one full matrix. */
function full({ band, dense }: ReturnType<typeof derivatives>['second']): number[][] {
  const n = band.diagonal.length;
  const banded = (i: number, j: number): number =>
    i === j ? band.diagonal[i]! : Math.abs(i - j) === 1 ? band.off[Math.min(i, j)]! : 0;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => banded(i, j) + (dense?.[i * n + j] ?? 0)),
  );
}

for (const kind of ['linear', 'atoms'] as const)
  describe(`as ${kind}`, () => {
    for (const [name, terms] of Object.entries(cases))
      test(`of ${name}`, () => {
        const f = termsFunction(terms, kind, x.length);
        const { first, second } = derivatives(f, x);
        const H = full(second);
        const h = 1e-5;
        for (let i = 0; i < x.length; i++) {
          const [ahead, behind] = [x.with(i, x[i]! + h), x.with(i, x[i]! - h)];
          // Central differences: truncation h^2 = 1e-10 times third derivatives of up to 1e2.
          expect((f.value(ahead) - f.value(behind)) / (2 * h)).toBeCloseTo(first[i]!, 7);
          const [after, before] = [derivatives(f, ahead).first, derivatives(f, behind).first];
          for (let j = 0; j < x.length; j++) expect((after[j]! - before[j]!) / (2 * h)).toBeCloseTo(H[i]![j]!, 6);
        }
      });
  });

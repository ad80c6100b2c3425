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

/** Two kinks, one of them inside a cell of x, one outside; no atom of x sits on either. */
const hat = potential(
  (v) => 2 * Math.abs(v - 0.2) - Math.abs(v + 7) + v ** 3,
  (v) => 2 * Math.sign(v - 0.2) - Math.sign(v + 7) + 3 * v ** 2,
  (v) => 6 * v,
);

const cases: Readonly<Record<string, EnergyTerms>> = {
  entropy: { ...none, entropy: 1.5 },
  'porous medium, m = 2': { ...none, internal: [{ weight: 0.7, power: 2 }] },
  'porous medium, m = 3': { ...none, internal: [{ weight: 0.7, power: 3 }] },
  'fast diffusion, m = 1/2': { ...none, internal: [{ weight: 0.7, power: 0.5 }] },
  potential: { ...none, potential: sine },
  'potential with a kink': { ...none, potential: hat },
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

test('the stiffness of the entropy: 4 / h^2 at atoms, 12 / h^2 on cells', () => {
  const n = 200;
  const even = Float64Array.from({ length: n }, (_, i) => i / n);
  const wave = Array.from(even, (_, i) => (-1) ** i);
  for (const [kind, expected] of [
    ['atoms', 4],
    ['linear', 12],
  ] as const) {
    // prettier-ignore
    const H = full(derivatives(termsFunction({ ...none, entropy: 1 }, kind, n), even).second);
    const energy = H.reduce((sum, row, i) => sum + row.reduce((s, v, j) => s + v * wave[i]! * wave[j]!, 0), 0);
    // |wave|^2 is 1 on atoms; on cells (a^2 + a b + b^2) / 3 with b = -a is 1/3. The ends take off 1/n.
    const stiffness = (energy / (kind === 'atoms' ? 1 : 1 / 3)) * (1 / n) ** 2;
    expect(stiffness / expected).toBeGreaterThan(0.98);
    expect(stiffness / expected).toBeLessThan(1.02);
  }
});

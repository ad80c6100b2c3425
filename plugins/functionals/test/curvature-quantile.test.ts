/** Second derivatives by the nodes, against second differences of the value. */
import type { Functional, Kernel, QuantileMeasure } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { ksd, mmd, scale, sum } from '@wasserflow/functionals';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { energyKernel, gaussianKernel, multiquadric } from './kernels.js';
import { anonymous, gaussianLaw } from './laws.js';

const rng = stream(1);
const engine = await tfjsEngine('cpu');
const target = gaussianLaw([0.3], [[1.7]]);
const discrepancy = (kernel: Kernel) => ksd(target, kernel, engine, rng);

const functionals: readonly [string, Functional][] = [
  ['mmd', mmd(target, gaussianKernel(0.8), rng)],
  ['mmd to draws', mmd(anonymous(target), multiquadric(1.2), rng, { samples: 40 })],
  ['mmd with a kink', mmd(target, energyKernel, rng)],
  ['ksd', discrepancy(gaussianKernel(0.9))],
  ['ksd of heavy tails', discrepancy(multiquadric(1.2))],
  ['their sum', sum([scale(discrepancy(gaussianKernel(0.9)), 0.5), mmd(target, gaussianKernel(0.8), rng)], [2, -1])],
];

const places = [-1.3, -0.2, 0.1, 0.9, 2.2];
const H = 1e-3;

describe.each(['linear', 'atoms'] as const)('%s', (kind) => {
  const lawAt = (x: readonly number[]): QuantileMeasure => ({
    kind,
    nodes: { shape: [x.length], data: Float64Array.from(x) },
  });

  it.each(functionals)('%s', (_, G) => {
    const { value, curvature } = G.facets!.quantile!;
    const moved = (i: number, j: number, e: number, g: number): number =>
      value(lawAt(places.map((x, k) => x + (k === i ? e : 0) + (k === j ? g : 0))));
    const out = curvature!(lawAt(places));
    for (const [i] of places.entries())
      for (const [j] of places.entries()) {
        const ends = moved(i, j, H, H) - moved(i, j, H, -H) - moved(i, j, -H, H) + moved(i, j, -H, -H);
        // Second differences err by H^2 times fourth derivatives.
        expect(Math.abs(out[i * places.length + j]! - ends / (4 * H * H))).toBeLessThan(2e-5);
      }
  });
});

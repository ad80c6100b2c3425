import { energy, type AffineField, type GaussianMeasure, type ParticleMeasure } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { particleSpace } from '@wasserflow/space-particles';
import { gaussian } from '@wasserflow/targets';
import type { NdArray } from '@wasserflow/tensor';
import { describeSpace } from '@wasserflow/testkit';

const initial = gaussian({
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
});
const target = gaussian({
  mean: [0, 0.5],
  covariance: [
    [1, -0.3],
    [-0.3, 0.5],
  ],
});
const potential = target.potential!;

/** E|v|^2 = |constant|^2 + tr(A S A^T). */
function affineNorm2({ covariance: S }: GaussianMeasure, { linear: A, constant }: AffineField): number {
  const spread = A.map((row) =>
    row.map((a, j) => S.map((s, k) => a * s[j]! * row[k]!).reduce((x, y) => x + y)).reduce((x, y) => x + y),
  );
  return spread.reduce((x, y) => x + y) + constant.reduce((x, c) => x + c * c, 0);
}

describeSpace<GaussianMeasure>('gaussian, KL', {
  space: async () => gaussianSpace(initial),
  functional: energy('kl', { entropy: 1, potential, constant: 0 }, target),
  norm2: affineNorm2 as never,
});

describeSpace<GaussianMeasure>('gaussian, entropy', {
  space: async () => gaussianSpace(initial),
  functional: energy('entropy', { entropy: 1, constant: 0 }),
  norm2: affineNorm2 as never,
});

const meanSquare = ({ points }: ParticleMeasure, field: NdArray): number =>
  Array.from(field.data).reduce((sum, v) => sum + v * v, 0) / points.shape[0]!;

describeSpace<ParticleMeasure>('particles, potential energy', {
  space: async () => particleSpace({ count: 60, engine: await tfjsEngine('cpu'), initial }),
  functional: energy('potential', { entropy: 0, potential, constant: 0 }),
  norm2: meanSquare as never,
  tolerance: 1e-4,
});

/** Spaces and clouds that the tests of particles share. */
import type {
  Distribution,
  Functional,
  ParticleMeasure,
  Potential,
  ScoreEstimator,
  SolveContext,
} from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { particleSpace } from '@wasserflow/space-particles';
import { fromRows, ops, stream, type NdArray } from '@wasserflow/tensor';

export const engine = onnxEngine({ threads: 1 });

const normal = (dimension: number): Distribution => ({
  id: 'normal',
  dimension,
  sample: (n, rng) => rng.normal([n, dimension]),
});

export interface SpaceOptions {
  readonly dimension?: number;
  readonly count?: number;
  readonly score?: ScoreEstimator;
  readonly epsilon?: number;
}

export const space = ({ dimension = 2, count = 50, ...rest }: SpaceOptions = {}) =>
  particleSpace({ engine, initial: normal(dimension), count, ...rest });

export const vector = (data: readonly number[]): NdArray => ({ shape: [data.length], data: Float64Array.from(data) });

export const line = (places: readonly number[], weights?: readonly number[]): ParticleMeasure => ({
  points: fromRows(places.map((x) => [x])),
  ...(weights && { weights: vector(weights) }),
});

/** Points with weights in proportion 1, 2, 3, 1, 2, 3, ... where asked for. */
export function cloud(name: string, n: number, d = 2, weighted = false): ParticleMeasure {
  const masses = Array.from({ length: n }, (_, i) => 1 + (i % 3));
  const total = masses.reduce((a, b) => a + b);
  const points = stream(name).normal([n, d]);
  return { points, ...(weighted && { weights: vector(masses.map((m) => m / total)) }) };
}

export const context: SolveContext = { rng: stream('solve') };

/** V(x) = x^4 / 4 on the line. */
export const quartic: Potential = {
  dimension: 1,
  value: (x) => ops.sum(ops.mul(ops.square(ops.square(x)), 0.25), 1),
  pointwise: {
    value: ([x]) => x! ** 4 / 4,
    gradient: ([x]) => [x! ** 3],
    hessian: ([x]) => [[3 * x! ** 2]],
  },
};

export const potentialEnergy = (potential: Potential): Functional => ({
  id: 'potential',
  terms: { entropy: 0, potential, constant: 0 },
});

export const norm2 = (mu: ParticleMeasure, v: NdArray): number => {
  const [n, d] = mu.points.shape as [number, number];
  return Array.from(v.data).reduce((sum, x, i) => sum + (mu.weights?.data[Math.floor(i / d)] ?? 1 / n) * x * x, 0);
};

export const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);

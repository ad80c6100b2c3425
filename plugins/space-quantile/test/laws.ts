/** Laws, potentials, interactions and spaces with numbers of the tests' own. */
import {
  energy,
  type Distribution,
  type Functional,
  type Interaction,
  type InteractionEnergy,
  type Potential,
  type QuantileMeasure,
} from '@wasserflow/core';
import { quantileSpace, type QuantileOptions } from '@wasserflow/space-quantile';
import { stream } from '@wasserflow/tensor';

export const rng = stream('quantile');
export const context = { rng };

export const quadratic = (precision: number, center = 0): Potential => ({
  dimension: 1,
  quadratic: { precision: [[precision]], center: [center], constant: 0 },
  convexity: precision,
});

/** V with V' and V''. */
export const potential = (
  value: (x: number) => number,
  slope: (x: number) => number,
  curvature: (x: number) => number,
  convexity?: number,
): Potential => ({
  dimension: 1,
  pointwise: {
    value: ([x]) => value(x!),
    gradient: ([x]) => [slope(x!)],
    hessian: ([x]) => [[curvature(x!)]],
  },
  ...(convexity !== undefined && { convexity }),
});

const tensorsNotNeeded = (): never => {
  throw new Error('the exact spaces work on numbers');
};

/** W(z) = f(z^2) from f, f', f''. */
export const interaction = (
  f: (s: number) => number,
  first: (s: number) => number,
  second: (s: number) => number,
  facts: { singular?: boolean } = {},
): Interaction => ({
  at: (s) => ({ value: f(s), first: first(s), second: second(s) }),
  value: tensorsNotNeeded,
  slope: tensorsNotNeeded,
  ...facts,
});

export const quadraticAttraction = (k: number): Interaction =>
  interaction(
    (s) => (k * s) / 2,
    () => k / 2,
    () => 0,
  );

export const absolute: Interaction = interaction(
  Math.sqrt,
  (s) => (s === 0 ? 0 : 0.5 / Math.sqrt(s)),
  (s) => (s === 0 ? 0 : -0.25 * s ** -1.5),
);

/** log|z|. */
export const logarithm: Interaction = interaction(
  (s) => Math.log(s) / 2,
  (s) => (s === 0 ? 0 : 0.5 / s),
  (s) => (s === 0 ? 0 : -0.5 / s ** 2),
  { singular: true },
);

/** exp(-z^2 / 2). */
export const bump: Interaction = interaction(
  (s) => Math.exp(-s / 2),
  (s) => -Math.exp(-s / 2) / 2,
  (s) => Math.exp(-s / 2) / 4,
);

export const interacting = (...interactions: InteractionEnergy[]): Functional =>
  energy('interaction', { entropy: 0, interactions, constant: 0 });

export const normal = (mean: number, variance: number): Distribution => ({
  id: 'normal',
  dimension: 1,
  gaussian: { mean: [mean], covariance: [[variance]] },
  potential: quadratic(1 / variance, mean),
  logNormalizer: Math.log(2 * Math.PI * variance) / 2,
});

/** KL to N(mean, variance). */
export const kl = (mean: number, variance: number): Functional =>
  energy('kl', {
    entropy: 1,
    potential: quadratic(1 / variance, mean),
    constant: Math.log(2 * Math.PI * variance) / 2,
  });

export const linear = (...nodes: number[]): QuantileMeasure => ({
  kind: 'linear',
  nodes: { shape: [nodes.length], data: Float64Array.from(nodes) },
});

export const atoms = (...nodes: number[]): QuantileMeasure => ({ ...linear(...nodes), kind: 'atoms' });

export const numbers = ({ nodes }: QuantileMeasure): number[] => Array.from(nodes.data);

/** The space with every operation that this kind has. */
export const space = (options: QuantileOptions = {}, initial = normal(0, 1)) =>
  quantileSpace(initial, options) as Required<ReturnType<typeof quantileSpace>>;

export const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);

/** Laws, energies and steps on space `quantile`, with numbers of the tests' own. */
import { energy, type Functional, type Potential, type QuantileMeasure } from '@wasserflow/core';
import { quantileSpace, type QuantileOptions } from '@wasserflow/space-quantile';
import { stream } from '@wasserflow/tensor';

export const rng = stream('quantile');
export const context = { rng };

export const quadratic = (precision: number, center = 0): Potential => ({
  dimension: 1,
  quadratic: { precision: [[precision]], center: [center], constant: 0 },
  convexity: precision,
});

export const normal = (mean: number, sigma: number) => ({
  id: 'normal',
  dimension: 1,
  gaussian: { mean: [mean], covariance: [[sigma ** 2]] },
});

export const line = (options: QuantileOptions = {}, initial = normal(0, 1)) =>
  quantileSpace(initial, options) as Required<ReturnType<typeof quantileSpace>>;

export const kl = (mean: number, precision: number): Functional =>
  energy('kl', {
    entropy: 1,
    potential: quadratic(precision, mean),
    constant: Math.log((2 * Math.PI) / precision) / 2,
  });

export const numbers = ({ nodes }: QuantileMeasure): number[] => Array.from(nodes.data);

/** The slope of log error over log n, fitted. */
export function order(sizes: readonly number[], errors: readonly number[]): number {
  const [x, y] = [sizes.map(Math.log), errors.map((e) => Math.log(e))];
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((v, i) => (v - mx) * (y[i]! - my))) / mean(x.map((v) => (v - mx) ** 2));
}

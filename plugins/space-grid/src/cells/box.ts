import { ensure, type Distribution, type Moments } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';

// Standard deviations from the mean to the walls: a Gaussian has 2e-9 of its mass beyond.
const WIDTH = 6;
const DRAWS = 10_000;

/** Mean and variances of a law: its own, or those of draws, the same at each call. */
function momentsOf({ id, dimension: d, gaussian, sample }: Distribution): Pick<Moments, 'mean'> & { std: number[] } {
  if (gaussian) return { mean: gaussian.mean, std: gaussian.covariance.map((row, k) => Math.sqrt(row[k]!)) };
  ensure(
    sample,
    'E_ARGUMENT',
    `\`${id}\` tells neither its moments nor samples; give the box of space \`grid\` as \`lower\` and \`upper\``,
  );
  const { data } = sample(DRAWS, stream('box'));
  const average = (f: (i: number) => number): number =>
    Array.from({ length: DRAWS }, (_, i) => f(i)).reduce((a, b) => a + b) / DRAWS;
  const mean = Array.from({ length: d }, (_, k) => average((i) => data[i * d + k]!));
  return { mean, std: mean.map((m, k) => Math.sqrt(average((i) => (data[i * d + k]! - m) ** 2))) };
}

/** Six standard deviations about the mean, `[d]` each. */
export function boxOf(law: Distribution): { lower: number[]; upper: number[] } {
  const { mean, std } = momentsOf(law);
  const wall = (side: number) => mean.map((m, k) => m + side * WIDTH * std[k]!);
  return { lower: wall(-1), upper: wall(1) };
}

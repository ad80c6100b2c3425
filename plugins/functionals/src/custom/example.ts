import type { Tensor, ops } from '@wasserflow/tensor';

/** What `custom` takes from a file: G of equally weighted points `[n, d]`, here (E|X|^2 - 1)^2 / 4. */
export default function secondMoment(points: Tensor, { mean, mul, square, sub, sum }: typeof ops): Tensor {
  const excess = sub(mean(sum(square(points), 1)), 1);
  return mul(square(excess), 1 / 4);
}

import { custom } from '@wasserflow/functionals';
import { ops } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { computed } from './laws.js';

it('a function of points is a functional, with its gradient by differentiation', async () => {
  // Half the variance: its Wasserstein gradient is x - mean.
  const G = custom({
    id: 'variance',
    value: (x) => ops.mul(ops.mean(ops.sum(ops.square(ops.sub(x, ops.mean(x, 0, true))), 1)), 1 / 2),
  });
  const points = [
    [0, 1],
    [2, 3],
    [4, -1],
  ];
  const { value, gradient } = G.facets!.particles!;
  // mean of |x - (2, 1)|^2 / 2
  expect((await computed(value!, points))[0]).toBeCloseTo(16 / 6, 5);
  const field = await computed(gradient!, points);
  for (const [i, [x, y]] of points.entries()) {
    expect(field[2 * i]).toBeCloseTo(x! - 2, 5);
    expect(field[2 * i + 1]).toBeCloseTo(y! - 1, 5);
  }
  expect(G.facets!.flow!.needsLogDet).toBe(false);
  expect((await computed((y) => G.facets!.flow!.loss({ x: y, y }), points))[0]).toBeCloseTo(16 / 6, 5);
});

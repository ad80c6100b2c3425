/** Transport distances as training losses, against what clouds say of the same points. */
import type { Distribution, Functional } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sinkhorn, slicedW2, w2 } from '@wasserflow/functionals';
import { fromRows, stream, valueAndGradient, type NdArray, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { expect, it } from 'vitest';

const rng = stream(3);
const n = 12;
const reference = rng.fork('y').normal([n, 2]);
const target: Distribution = { id: 'rows', dimension: 2, sample: () => reference };
const clouds: readonly NdArray[] = [
  rng.fork('x').normal([n, 2]),
  fromRows(Array.from({ length: n }, (_, i) => [1.5 + Math.sin(i), 0.2 * i])),
];
const engine = await tfjsEngine('cpu');

/** The loss of a batch and n times its gradient, and value and gradient of the cloud. */
async function bothOf({ facets }: Functional, points: NdArray) {
  const { draw, loss } = facets!.flow!;
  const inputs = { y: points, drawn: draw!(rng, n) };
  const step = ({ y, drawn }: { y: Tensor; drawn: TensorTree }) => {
    const found = valueAndGradient(({ at }: { at: Tensor }) => ({ loss: loss({ x: at, y: at }, drawn) }))({ at: y });
    return { loss: found.loss, slope: found.gradient.at };
  };
  const program = await engine.compile('step', step, inputs as never);
  const { loss: value, slope } = await program.run(inputs as never);
  program.dispose();
  const exact = await facets!.particles!.evaluate!({ points });
  return { loss: value.data[0]!, slope: Array.from(slope.data, (v) => n * v), exact };
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

it('sinkhorn rises and falls with the divergence to the draws, and has its gradient', async () => {
  const G = sinkhorn(target, engine, rng, { epsilon: 1, tolerance: 1e-5 });
  const [a, b] = [await bothOf(G, clouds[0]!), await bothOf(G, clouds[1]!)];
  // float32 sums of costs of some ten units; thirty sweeps leave less than the tolerance of the cloud's.
  expect(a.loss - b.loss).toBeCloseTo(a.exact.value - b.exact.value, 4);
  for (const { slope, exact } of [a, b]) expect(near(slope, exact.gradient.data)).toBeLessThan(1e-3);
  await G.dispose();
});

it('sliced-w2 is that to the draws', async () => {
  const G = slicedW2(target, rng, { projections: 5, samples: n });
  for (const cloud of clouds) {
    const { loss, slope, exact } = await bothOf(G, cloud);
    expect(loss).toBeCloseTo(exact.value, 5);
    expect(near(slope, exact.gradient.data)).toBeLessThan(1e-5);
  }
});

it('w2 is that to the draws on the line, and says why not beyond', async () => {
  const line: Distribution = { id: 'rows', dimension: 1, sample: () => rng.fork('z').normal([n, 1]) };
  const cloud = rng.fork('x').normal([n, 1]);
  const { loss, slope, exact } = await bothOf(w2(line, rng), cloud);
  expect(loss).toBeCloseTo(exact.value, 5);
  expect(near(slope, exact.gradient.data)).toBeLessThan(1e-5);
  expect(w2(target, rng).facets!.flow).toBeUndefined();
  expect(w2(target, rng).lacks!.flow).toContain('use `sinkhorn` or `sliced-w2`');
});

it('sliced-w2 looks at some of many directions, others each time', () => {
  const { draw } = slicedW2(target, rng, { projections: 40, samples: n }).facets!.flow!;
  const [a, b] = [1, 2].map((k) => draw!(rng.fork(k), n) as { directions: NdArray; sorted: NdArray });
  expect(a!.directions.shape).toEqual([16, 2]);
  expect(a!.sorted.shape).toEqual([16, n]);
  expect(near(a!.directions.data, b!.directions.data)).toBeGreaterThan(0.1);
});

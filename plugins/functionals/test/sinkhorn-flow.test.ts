/** The Sinkhorn divergence as a training loss. */
import type { Distribution } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sinkhorn } from '@wasserflow/functionals';
import { fromRows, stream, valueAndGradient, type NdArray, type Tensor } from '@wasserflow/tensor';
import { expect, it } from 'vitest';

const rng = stream(3);
const reference = rng.fork('y').normal([12, 2]);
const target: Distribution = { id: 'rows', dimension: 2, sample: () => reference };

it('rises and falls with the divergence of the batch to the draws, and has its gradient', async () => {
  const engine = await tfjsEngine('cpu');
  const G = sinkhorn(target, engine, rng, { epsilon: 1, tolerance: 1e-5 });
  const { flow, particles } = G.facets!;
  const inputs = flow!.draw!(rng, 12) as { reference: NdArray };
  const step = ({ y, reference: r }: { y: Tensor; reference: Tensor }) => {
    const { loss, gradient } = valueAndGradient(({ at }: { at: Tensor }) => ({
      loss: flow!.loss({ x: at, y: at }, { reference: r }),
    }))({ at: y });
    return { loss, slope: gradient.at };
  };
  const first = rng.fork('x').normal([12, 2]);
  const second = fromRows(Array.from({ length: 12 }, (_, i) => [1.5 + Math.sin(i), 0.2 * i]));
  const program = await engine.compile('step', step, { y: first, reference });
  const at = async (y: NdArray) => ({
    ...(await program.run({ y, reference: inputs.reference })),
    exact: await particles!.evaluate!({ points: y }),
  });
  const [a, b] = [await at(first), await at(second)];
  // float32 sums of costs of some ten units.
  expect(a.loss.data[0]! - b.loss.data[0]!).toBeCloseTo(a.exact.value - b.exact.value, 4);
  for (const { slope, exact } of [a, b])
    for (const [i, v] of exact.gradient.data.entries()) expect(12 * slope.data[i]!).toBeCloseTo(v, 3);
  program.dispose();
  await G.dispose();
});

/** Sums of functionals as tensor functions; float32, hence six digits. */
import { energy, type Facets, type Functional, type Potential } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sum, sumPotentials } from '@wasserflow/functionals';
import { ops, stream, type Tensor } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const engine = await tfjsEngine('cpu');
const x = { shape: [2, 2], data: Float32Array.of(0.5, -1, 2, 0.25) };

async function evaluate(f: (x: Tensor) => Tensor): Promise<number[]> {
  const program = await engine.compile('test', ({ x: input }: { x: Tensor }) => ({ y: f(input) }), { x });
  const { y } = await program.run({ x });
  program.dispose();
  return [...y.data];
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, e] of expected.entries()) expect(actual[i]).toBeCloseTo(e, 5);
}

/** V = |x|^4 / 4 by its value, W = sum sin x by its value, U = |x|^2 / 2 by its score only. */
const V: Potential = { dimension: 2, value: (p) => ops.mul(ops.square(ops.sum(ops.square(p), 1)), 0.25) };
const W: Potential = { dimension: 2, value: (p) => ops.sum(ops.sin(p), 1) };
const U: Potential = { dimension: 2, gradient: (p) => p };

const rows = [
  [0.5, -1],
  [2, 0.25],
] as const;
const gradV = rows.flatMap(([a, b]) => [a, b].map((c) => c * (a * a + b * b)));
const gradW = rows.flatMap((row) => row.map(Math.cos));

const integral = (potential: Potential) => energy('v', { entropy: 0, potential, constant: 0 });

describe('potentials', () => {
  it('add in value and gradient, whichever way each is known', async () => {
    const both = sumPotentials([V, W]);
    expectNear(
      await evaluate(both.value!),
      rows.map(([a, b]) => (a * a + b * b) ** 2 / 4 + Math.sin(a) + Math.sin(b)),
    );
    expectNear(
      await evaluate(both.gradient!),
      gradV.map((g, i) => g + gradW[i]!),
    );
    const scored = sumPotentials([V, U]);
    expect(scored.value).toBeUndefined();
    expectNear(
      await evaluate(scored.gradient!),
      gradV.map((g, i) => g + rows.flat()[i]!),
    );
  });

  it('take the weights of their functionals', async () => {
    const { terms } = sum([integral(V), integral(W)], [2, -3]);
    expectNear(
      await evaluate(terms!.potential!.gradient!),
      gradV.map((g, i) => 2 * g - 3 * gradW[i]!),
    );
  });
});

const particles = (factor: number, valued: boolean): Functional => ({
  id: 'p',
  facets: {
    particles: {
      gradient: (points) => ops.mul(points, factor),
      ...(valued && { value: (points: Tensor) => ops.mul(ops.sum(points), factor) }),
    },
  },
});

const flow = (facet: Facets['flow']): Functional => ({ id: 'f', facets: { flow: facet } });

describe('facets', () => {
  it('on particles', async () => {
    const facet = sum([particles(2, true), particles(5, true)], [10, -1]).facets!.particles!;
    expectNear(
      await evaluate(facet.gradient!),
      rows.flat().map((a) => 15 * a),
    );
    expectNear(await evaluate(facet.value!), [15 * 1.75]);
    expect(sum([particles(2, true), particles(5, false)]).facets!.particles!.value).toBeUndefined();
  });

  it('on flows: losses add, and each summand gets the numbers that it drew', async () => {
    const drawing = (factor: number) =>
      flow({
        needsLogDet: false,
        draw: (rng, n) => ({ shape: [n], data: rng.normal([n]).data }),
        loss: (_, drawn) => ops.mul(ops.sum(drawn as Tensor), factor),
      });
    const plain = flow({ needsLogDet: true, loss: ({ y }) => ops.sum(y) });
    const facet = sum([drawing(1), plain, drawing(1)], [1, 3, 100]).facets!.flow!;
    expect(facet.needsLogDet).toBe(true);
    expect(sum([drawing(1), drawing(2)]).facets!.flow!.needsLogDet).toBe(false);
    expect(sum([plain]).facets!.flow!.draw).toBeUndefined();
    const drawn = facet.draw!(stream(3), 4) as Record<string, { shape: number[]; data: Float32Array }>;
    const total = (i: number) => drawn[i]!.data.reduce((a, b) => a + b, 0);
    expect(total(0)).not.toBeCloseTo(total(2), 2);
    const program = await engine.compile(
      'loss',
      (inputs: { x: Tensor; drawn: Record<string, Tensor> }) => ({
        loss: facet.loss({ x: inputs.x, y: inputs.x }, inputs.drawn),
      }),
      { x, drawn },
    );
    const { loss } = await program.run({ x, drawn });
    expectNear([loss.data[0]! / 100], [(total(0) + 3 * 1.75 + 100 * total(2)) / 100]);
  });
});

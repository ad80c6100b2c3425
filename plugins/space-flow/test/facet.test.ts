import { energy, type FlowFacet, type Functional, type Interaction } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { fromRows, ops, stream, valueAndGradient, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { entropyWeight, flowFacet, obstacle } from '../src/facet.js';

const points = [
  [0, 0.3],
  [1, -0.5],
  [-0.7, 0.9],
];
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);

/** W(z) = log |z|. */
const logarithm: Interaction = {
  at: (s) => ({ value: Math.log(s) / 2, first: 1 / (2 * s), second: -1 / (2 * s * s) }),
  value: (s) => ops.mul(ops.log(s), 1 / 2),
  slope: (s) => ops.div(1 / 2, s),
  singular: true,
};

async function evaluated(facet: FlowFacet, drawn?: TensorTree, at = points) {
  const engine = await tfjsEngine('cpu');
  const y = fromRows(at);
  const program = await engine.compile(
    'loss',
    (inputs: { y: Tensor }) => {
      const loss = ({ at }: { at: Tensor }) => ({
        loss: facet.loss({ x: at, y: at, logDet: ops.zeros([y.shape[0]!]) }, drawn),
      });
      const result = valueAndGradient(loss)({ at: inputs.y });
      return { loss: result.loss, gradient: result.gradient.at };
    },
    { y: { shape: y.shape } },
  );
  const { loss, gradient } = await program.run({ y });
  return { loss: loss.data[0]!, gradient: Array.from(gradient.data) };
}

it('internal energies are means of powers of the density, w E rho^(m - 1) / (m - 1)', async () => {
  const internal = [
    { weight: 2, power: 3 },
    { weight: 1, power: 0.5 },
  ];
  const facet = flowFacet(energy('internal', { entropy: 0, internal, constant: 0.25 }))!;
  expect([facet.needsLogDet, facet.needsLogDensity]).toEqual([true, true]);
  const program = await (
    await tfjsEngine('cpu')
  ).compile(
    'loss',
    ({ logDet }: { logDet: Tensor }) => {
      const batch = { x: ops.zeros([2, 1]), y: ops.zeros([2, 1]), logDensity: ops.tensor([-1, 0.5]) };
      const { loss, gradient } = valueAndGradient(({ at }: { at: Tensor }) => ({
        loss: facet.loss({ ...batch, logDet: at }),
      }))({ at: logDet });
      return { loss, slope: gradient.at };
    },
    { logDet: { shape: [2] } },
  );
  const { loss, slope } = await program.run({ logDet: { shape: [2], data: Float32Array.of(0.2, -0.3) } });
  const densities = [Math.exp(-1.2), Math.exp(0.8)];
  const mean = (f: (rho: number) => number): number => densities.reduce((sum, rho) => sum + f(rho), 0) / 2;
  expect(loss.data[0]).toBeCloseTo(0.25 + mean((rho) => rho ** 2 - 2 * rho ** -0.5), 5);
  // Where the map spreads more, the density falls: d rho / d logDet = -rho.
  for (const [i, rho] of densities.entries()) expect(slope.data[i]).toBeCloseTo(-(2 * rho ** 2 + rho ** -0.5) / 2, 5);
});

describe('interactions on flows', () => {
  const G = energy('log', { entropy: 0, interactions: [{ weight: 3, interaction: logarithm }], constant: 0.5 });

  it('are means over pairs of different points, differentiated', async () => {
    const { loss, gradient } = await evaluated(flowFacet(G)!);
    const pairs = points.flatMap((a, i) => points.flatMap((b, j) => (i === j ? [] : [Math.log(distance(a, b))])));
    expect(loss).toBeCloseTo(0.5 + (1.5 * pairs.reduce((s, v) => s + v, 0)) / 6, 5);
    for (const [i, a] of points.entries())
      for (const k of [0, 1]) {
        const pull = points.reduce((s, b, j) => (i === j ? s : s + (a[k]! - b[k]!) / distance(a, b) ** 2), 0);
        expect(gradient[2 * i + k]).toBeCloseTo((3 * pull) / 6, 4);
      }
  });

  it('hold for points far nearer to each other than to the origin, and leave out those in one place', async () => {
    // A difference of squares would be rounded to a multiple of 2^-19.
    const gap = 2 ** -18;
    const near = [
      [3, 2],
      [3 + gap, 2],
      [3, 2],
    ];
    const { loss, gradient } = await evaluated(flowFacet(G)!, undefined, near);
    expect(loss).toBeCloseTo(0.5 + (1.5 * 4 * Math.log(gap)) / 6, 5);
    const pull = 3 / (6 * gap);
    expect(gradient.map((v) => v / pull)).toEqual([-1, 0, 2, 0, -1, 0].map((v) => expect.closeTo(v, 5)));
  });
});

describe('sums of terms and facets on flows', () => {
  const own: Functional = {
    id: 'own',
    facets: {
      flow: {
        needsLogDet: false,
        draw: (rng, n) => ({ z: rng.uniform([n]) }),
        loss: ({ y }, drawn) => ops.add(ops.sum(y), ops.sum((drawn as { z: Tensor }).z)),
      },
    },
  };
  const sum: Functional = {
    id: 'sum',
    summands: [
      { weight: 2, of: own },
      { weight: 3, of: energy('entropy', { entropy: 5, constant: 1 }) },
    ],
  };

  it('add, each with its own draws', async () => {
    const facet = flowFacet(sum)!;
    expect(facet.needsLogDet).toBe(true);
    expect(entropyWeight(sum)).toBe(15);
    expect(facet.draw!(stream(1), 2)).toEqual({ 0: { z: stream(1).fork(0).uniform([2]) } });
    const { loss } = await evaluated({ ...facet, loss: (batch) => facet.loss(batch, { 0: { z: ops.ones([2]) } }) });
    // 2 (sum of all coordinates + 2) + 3
    expect(loss).toBeCloseTo(2 * (1 + 2) + 3, 5);
  });

  it('are refused where one summand is', () => {
    const bare: Functional = { id: 'bare', facets: { gaussian: { value: () => 0 } } };
    const mixed: Functional = {
      id: 'sum',
      summands: [
        { weight: 1, of: own },
        { weight: 1, of: bare },
      ],
    };
    expect(flowFacet(mixed)).toBeUndefined();
    expect(obstacle(mixed)).toBe('it has no flow facet');
    expect(obstacle({ id: 'none', facets: {} })).toBe('it has no flow facet');
    expect(obstacle(sum)).toBeUndefined();
  });
});
